"""The example of each request body in OpenAPI, which can be sent as it is."""

from typing import Any

from pydantic import ConfigDict


def example(**fields: Any) -> ConfigDict:
    """The `model_config` of a body with this example, which refuses unknown fields."""
    return ConfigDict(extra="forbid", json_schema_extra={"examples": [fields]})
