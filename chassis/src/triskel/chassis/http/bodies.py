"""What OpenAPI shows of a body: each has an example that people can send as it is."""

from typing import Any

from pydantic import ConfigDict


def example(**fields: Any) -> ConfigDict:
    """`model_config = example(…)` of a body that refuses what it does not know."""
    return ConfigDict(extra="forbid", json_schema_extra={"examples": [fields]})
