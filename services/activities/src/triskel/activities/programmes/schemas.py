"""What is sent to and answered by `/v1/programmes`."""

from typing import Annotated, Self
from uuid import UUID

from fastapi import Depends, Query
from pydantic import BaseModel, Field

from triskel.activities.activities.schemas import Body
from triskel.activities.programmes.actions import ACTIONS
from triskel.activities.programmes.queries import ProgrammeFilter
from triskel.activities.programmes.rules import TIMED, ProgrammeAttempt, Progress, Target
from triskel.activities.programmes.tables import PROGRAMME
from triskel.chassis.http import example
from triskel.chassis.http.values import SchoolYear
from triskel.contracts import activities as contract
from triskel.contracts.codes import ActivityFormat, PartnershipState


class GivenTarget(Body):
    format: ActivityFormat
    activities: int = Field(ge=0, le=1000)
    pupils: int | None = Field(default=None, ge=0, le=100_000)


class Targets(Body):
    model_config = example(
        targets=[
            {"format": "guest-lesson", "activities": 4, "pupils": 120},
            {"format": "company-visit", "activities": 2, "pupils": 60},
        ]
    )

    targets: list[GivenTarget] = Field(max_length=len(ActivityFormat))

    def to_domain(self) -> list[Target]:
        return [Target(**target.model_dump()) for target in self.targets]


class FormatProgress(BaseModel):
    """`fallen_through`: declined, withdrawn, expired, cancelled, or nobody came. `pupils` attended,
    each as often as they came. `hours` null: the format's slot is a span of weeks."""

    format: ActivityFormat
    target_activities: int | None
    target_pupils: int | None
    asked: int
    planned: int
    delivered: int
    fallen_through: int
    pupils: int
    hours: float | None


class ProgrammeAnswer(BaseModel):
    """`version` 0: nobody has set targets yet; then the first PUT needs no If-Match."""

    partnership_id: UUID
    school_id: UUID
    host_id: UUID
    school_year: SchoolYear
    region: str
    version: int
    partnership_state: PartnershipState
    targets: tuple[contract.Target, ...]
    budget: tuple[contract.BudgetLine, ...]
    progress: list[FormatProgress]
    allowed_actions: list[str]

    @classmethod
    def of(cls, attempt: ProgrammeAttempt) -> Self:
        """As this caller sees it; a format that has a target or an activity has its progress."""
        programme, facts = attempt.subject, attempt.facts
        targets = {target.format: target for target in programme.targets}
        done = {form: Progress(form, hours=0.0 if form in TIMED else None) for form in targets} | {
            each.format: each for each in facts.progress
        }
        progress = [
            FormatProgress(
                **vars(done[form]),
                target_activities=target.activities if target else None,
                target_pupils=target.pupils if target else None,
            )
            for form in sorted(done)
            for target in (targets.get(form),)
        ]
        return PROGRAMME.answer(
            cls,
            programme,
            partnership_state=facts.partnership_state,
            progress=progress,
            allowed_actions=ACTIONS.allowed(attempt),
        )


async def _wanted(
    partnership_id: UUID | None = None,
    school_id: UUID | None = None,
    host_id: UUID | None = None,
    school_year: Annotated[SchoolYear | None, Query()] = None,
) -> ProgrammeFilter:
    return ProgrammeFilter(partnership_id, school_id, host_id, school_year)


Wanted = Annotated[ProgrammeFilter, Depends(_wanted)]
"""The filters of a search, as a query gives them."""
