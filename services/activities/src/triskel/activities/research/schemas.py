"""What is sent to `/v1/activities/{activity_id}/research`."""

from typing import Annotated, Literal
from uuid import UUID

from fastapi import Path
from pydantic import Field

from triskel.activities.activities.rules.research import LabSession, Milestone, PupilGroup
from triskel.activities.activities.schemas import Body, DueOn, Line
from triskel.activities.research.rules import ResearchPlan, SessionRecord
from triskel.chassis.http import example
from triskel.chassis.http.values import HttpsUrl, Moment, Sha256
from triskel.contracts.codes import ActivityReason, Isced, PlaceKind
from triskel.contracts.format_codes import ReportGap, SessionState

PartNumber = Annotated[int, Path(ge=1, le=1_000, description="its number")]
"""Of a part of an activity: a session, a milestone, an action item."""
Count = Annotated[int, Field(ge=0, le=500)]


class GivenGroup(Body):
    """Counts of pupils, never names."""

    level: Isced
    girls: Count = 0
    boys: Count = 0
    undeclared: Count = 0


class GivenSession(Body):
    starts_at: Moment
    ends_at: Moment
    place: PlaceKind
    place_name: Line | None = None


class GivenMilestone(Body):
    title: Line
    due_on: DueOn


class ResearchPlanBody(Body):
    """What is to come; recorded sessions and reached milestones stay as they are."""

    model_config = example(
        group={"level": "3", "girls": 4, "boys": 3},
        tutor_id="0199a1b2-0003-7000-8000-000000000003",
        sessions=[
            {
                "starts_at": "2026-01-14T14:00:00+01:00",
                "ends_at": "2026-01-14T17:00:00+01:00",
                "place": "company",
            }
        ],
        milestones=[{"title": "Protocole validé", "due_on": "2026-01-30"}],
    )

    group: GivenGroup
    tutor_id: UUID | None = Field(default=None, description="a contact of the company")
    sessions: list[GivenSession] = Field(default=[], max_length=60)
    milestones: list[GivenMilestone] = Field(default=[], max_length=30)

    def to_domain(self) -> ResearchPlan:
        return ResearchPlan(
            group=PupilGroup(**self.group.model_dump()),
            tutor_id=self.tutor_id,
            sessions=[LabSession(number=0, **each.model_dump()) for each in self.sessions],
            milestones=[Milestone(number=0, **each.model_dump()) for each in self.milestones],
        )


class SessionRecordBody(Body):
    model_config = example(state="done", girls=4, boys=3)

    state: Literal[SessionState.DONE, SessionState.MISSED]
    girls: Count = 0
    boys: Count = 0
    undeclared: Count = 0
    reason: ActivityReason | None = Field(default=None, description="why it was missed")

    def to_domain(self) -> SessionRecord:
        return SessionRecord(**self.model_dump())


class ReportBody(Body):
    model_config = example(
        document_url="https://lycee.example/rapport.pdf",
        sha256="9f86d081884c7d659a2feaa0c55ad015a3bf4f1b2b0b822cd15d6c15b0f00a08",
    )

    document_url: HttpsUrl
    sha256: Sha256


class MissingReportBody(Body):
    model_config = example(reason="time-short")

    reason: ReportGap
