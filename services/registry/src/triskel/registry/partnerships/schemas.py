"""What is sent to and answered by `/v1/partnerships`."""

from datetime import datetime
from typing import Annotated
from uuid import UUID

from pydantic import BaseModel, Field

from triskel.chassis.http import example
from triskel.chassis.http.values import Day, Lines, SchoolYear
from triskel.contracts import registry as said
from triskel.contracts.codes import PartnershipReason, PartnershipState, Role, Side
from triskel.registry.partnerships import rules as rules

Note = Annotated[str, Lines(longest=500)]
Goals = Annotated[str, Lines(longest=2000, shortest=0)]


class NewPartnership(BaseModel):
    model_config = example(
        school_id="0199a1b2-0001-7000-8000-000000000001",
        company_id="0199a1b2-0002-7000-8000-000000000002",
        school_year="2025-2026",
        starts_on="2025-09-22",
        ends_on="2026-07-03",
        goals="Faire rencontrer les métiers scientifiques à chaque niveau.",
    )

    school_id: UUID
    company_id: UUID
    school_year: SchoolYear
    starts_on: Day
    ends_on: Day
    answer_days: int = Field(default=rules.DEFAULT_ANSWER_DAYS, ge=1, le=rules.LONGEST_ANSWER_DAYS)
    goals: Goals | None = None


class Amendment(BaseModel):
    """What the agreement says from now on; what is left out stays."""

    model_config = example(ends_on="2026-06-26", goals="Deux visites et un défi.")

    starts_on: Day | None = None
    ends_on: Day | None = None
    goals: Goals | None = None


class Renewal(BaseModel):
    """The next school year's partnership; without goals those of this one."""

    model_config = example(starts_on="2026-09-14", ends_on="2027-07-02")

    starts_on: Day
    ends_on: Day
    answer_days: int = Field(default=rules.DEFAULT_ANSWER_DAYS, ge=1, le=rules.LONGEST_ANSWER_DAYS)
    goals: Goals | None = None


class Why(BaseModel):
    model_config = example(reason="no-capacity", note="Pas avant la rentrée prochaine.")

    reason: PartnershipReason | None = None
    note: Note | None = Field(
        default=None, description="kept in the history, in no event; please name nobody"
    )


class Step(BaseModel):
    version: int
    action: str
    state: PartnershipState
    by: Role
    side: Side | None = Field(description="null: time brought it about")
    at: datetime
    reason: PartnershipReason | None
    note: str | None = Field(description="for the two partners and the coordinator")


class Answer(said.Partnership):
    """A partnership, with what this caller may do with it now. `carried` are the partnerships that
    the company carries in this school year, of `capacity`; null: it stated no limit."""

    planned_activities: int = 0
    carried: int = 0
    capacity: int | None = None
    allowed_actions: tuple[str, ...] = ()
