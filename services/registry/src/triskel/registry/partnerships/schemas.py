"""What is sent to and answered by `/v1/partnerships`."""

from datetime import datetime
from typing import Annotated, Literal, Self
from uuid import UUID

from fastapi import Body, Depends, Query
from pydantic import BaseModel, Field

from triskel.chassis.http import example
from triskel.chassis.http.values import Day, Lines, OneLine, SchoolYear
from triskel.contracts import registry as contract
from triskel.contracts.codes import PartnershipReason, PartnershipState, Role, Side
from triskel.registry.partnerships.actions import ACTIONS
from triskel.registry.partnerships.queries import PartnershipFilter
from triskel.registry.partnerships.rules.state import (
    PartnershipAttempt,
    Proposal,
    RenewalTerms,
    Terms,
)
from triskel.registry.partnerships.tables import PARTNERSHIP

Note = Annotated[str, Lines(longest=500)]
Goals = Annotated[str, Lines(longest=2000, shortest=0)]

AnswerDays = Annotated[
    int | None,
    Field(
        ge=1, le=90, description="within how many; null: `partnership_answer_days` of its region"
    ),
]


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
    answer_days: AnswerDays = None
    goals: Goals | None = None

    def to_domain(self) -> Proposal:
        return Proposal(**self.model_dump())


class Amendment(BaseModel):
    """What the agreement says from now on; what is left out stays."""

    model_config = example(ends_on="2026-06-26", goals="Deux visites et un défi.")

    starts_on: Day | None = None
    ends_on: Day | None = None
    goals: Goals | None = None

    def to_domain(self) -> Terms:
        return Terms(**self.model_dump())


class Draft(BaseModel):
    """The language of the document; without one the region's, French or English."""

    model_config = example(language="fr")

    language: Literal["fr", "en"] | None = None


DraftBody = Annotated[Draft, Body(default_factory=Draft)]


class Signing(BaseModel):
    """Of which document: `agreement.digest`, which is the SHA-256 of the PDF that was read."""

    model_config = example(
        digest="9f86d081884c7d659a2feaa0c55ad015a3bf4f1b2b0b822cd15d6c15b0f00a08"
    )

    digest: Annotated[str, OneLine(longest=64, pattern=r"^[0-9a-f]{64}$")]


class Renewal(BaseModel):
    """The next school year's partnership; without goals those of this one."""

    model_config = example(starts_on="2026-09-14", ends_on="2027-07-02")

    starts_on: Day
    ends_on: Day
    answer_days: AnswerDays = None
    goals: Goals | None = None

    def to_domain(self) -> RenewalTerms:
        return RenewalTerms(**self.model_dump())


class Reason(BaseModel):
    model_config = example(reason="no-capacity", note="Pas avant la rentrée prochaine.")

    reason: PartnershipReason | None = None
    note: Note | None = Field(
        default=None, description="kept in the history, in no event; please name nobody"
    )


ReasonBody = Annotated[Reason, Body(default_factory=Reason)]
"""May be left out: then no reason is given."""


class PartnershipStep(BaseModel):
    version: int
    action: str
    state: PartnershipState
    by: Role
    side: Side | None = Field(description="null: time brought it about")
    at: datetime
    reason: PartnershipReason | None
    note: str | None = Field(default=None, description="for the two partners and the coordinator")


class PartnershipAnswer(contract.Partnership):
    """A partnership, with what this caller may do with it now. `carried` are the partnerships that
    the company carries in this school year, of `capacity`; null: it stated no limit."""

    planned_activities: int = 0
    carried: int = 0
    capacity: int | None = None
    allowed_actions: tuple[str, ...] = ()

    @classmethod
    def of(cls, attempt: PartnershipAttempt) -> Self:
        facts = attempt.facts
        return PARTNERSHIP.answer(
            cls,
            attempt.subject,
            planned_activities=facts.planned_activities,
            carried=facts.carried,
            capacity=facts.capacity,
            allowed_actions=ACTIONS.allowed(attempt),
        )


async def _wanted(
    school_id: UUID | None = None,
    company_id: UUID | None = None,
    state: PartnershipState | None = None,
    school_year: Annotated[SchoolYear | None, Query()] = None,
    at_risk: Annotated[
        bool | None,
        Query(description="whether a risk was found, such as `quiet_school_weeks` of the region"),
    ] = None,
) -> PartnershipFilter:
    return PartnershipFilter(school_id, company_id, state, school_year, at_risk)


Wanted = Annotated[PartnershipFilter, Depends(_wanted)]
"""The filters of a search, as a query gives them."""
