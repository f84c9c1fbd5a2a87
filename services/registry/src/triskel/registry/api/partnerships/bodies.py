"""What is sent to and answered by `/v1/partnerships`."""

from datetime import date, datetime
from uuid import UUID

from pydantic import BaseModel, ConfigDict, Field

from triskel.contracts import registry as said
from triskel.contracts.codes import PartnershipReason, PartnershipState, Role, SchoolYear
from triskel.registry.domain import partnership as rules


class NewPartnership(BaseModel):
    model_config = ConfigDict(extra="forbid")

    school_id: UUID
    company_id: UUID
    school_year: SchoolYear
    starts_on: date
    ends_on: date
    answer_days: int = Field(default=rules.DEFAULT_ANSWER_DAYS, ge=1, le=rules.LONGEST_ANSWER_DAYS)
    goals: str | None = Field(default=None, max_length=2000)


class Amendment(BaseModel):
    """What the agreement says from now on; what is left out stays."""

    model_config = ConfigDict(extra="forbid")

    starts_on: date | None = None
    ends_on: date | None = None
    goals: str | None = Field(default=None, max_length=2000)


class Renewal(BaseModel):
    """The next school year's partnership; without goals those of this one."""

    model_config = ConfigDict(extra="forbid")

    starts_on: date
    ends_on: date
    answer_days: int = Field(default=rules.DEFAULT_ANSWER_DAYS, ge=1, le=rules.LONGEST_ANSWER_DAYS)
    goals: str | None = Field(default=None, max_length=2000)


class Why(BaseModel):
    reason: PartnershipReason | None = None


class Step(BaseModel):
    version: int
    action: str
    state: PartnershipState
    by: Role
    at: datetime
    reason: PartnershipReason | None


class Answer(said.Partnership):
    """A partnership, with what this caller may do with it now."""

    planned_activities: int = 0
    allowed_actions: tuple[str, ...] = ()
