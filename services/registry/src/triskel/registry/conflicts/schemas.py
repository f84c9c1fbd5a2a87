"""What is sent to and answered by `/v1/conflicts`."""

from datetime import datetime
from typing import Any, Self
from uuid import UUID

from pydantic import BaseModel

from triskel.chassis.http import example
from triskel.registry.conflicts.tables import ConflictRow
from triskel.registry.organisations.rules.facts import Followed
from triskel.registry.organisations.rules.organisation import Organisation
from triskel.registry.organisations.tables import ORGANISATION


class Decision(BaseModel):
    """Which field is decided."""

    model_config = example(field="pupils")

    field: Followed


class ConflictAnswer(BaseModel):
    """`value` stands here and was set by people; `register_value` is what the register says,
    `since` that import. Of names and an address it has the parts that the register says."""

    organisation_id: UUID
    field: Followed
    value: Any
    register_value: Any
    since: datetime

    @classmethod
    def of(cls, row: ConflictRow, organisation: Organisation) -> Self:
        known = ORGANISATION.to_public(organisation).model_dump(mode="json")
        return cls.model_validate(row.model_dump() | {"value": known[row.field]})
