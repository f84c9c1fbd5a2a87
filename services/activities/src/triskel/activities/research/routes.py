"""`/v1/activities/{id}/research`: what only research works do."""

from datetime import datetime
from functools import partial
from typing import Annotated, Literal
from uuid import UUID

from fastapi import Path
from pydantic import Field

from triskel.activities.activities import schemas as bodies
from triskel.activities.activities.routes.acting import Action
from triskel.activities.activities.rules.activity import Activity, Actor, Facts
from triskel.activities.activities.rules.research import LabSession, Milestone, PupilGroup
from triskel.activities.research import rules as transitions
from triskel.chassis.http import Router, example
from triskel.chassis.http.values import HttpsUrl, Moment, Sha256
from triskel.contracts.codes import ActivityReason, Isced, PlaceKind
from triskel.contracts.format_codes import ReportGap, SessionState

router = Router(prefix="/v1/activities", tags=["research works"])
Which = Annotated[int, Path(ge=1, le=1_000, description="its number")]
Count = Annotated[int, Field(ge=0, le=500)]


class GivenGroup(bodies.Body):
    """Counts of pupils, never names."""

    level: Isced
    girls: Count = 0
    boys: Count = 0
    undeclared: Count = 0


class GivenSession(bodies.Body):
    starts_at: Moment
    ends_at: Moment
    place: PlaceKind
    place_name: bodies.Line | None = None


class GivenMilestone(bodies.Body):
    title: bodies.Line
    due_on: bodies.DueOn


class Plan(bodies.Body):
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


class Recorded(bodies.Body):
    model_config = example(state="done", girls=4, boys=3)

    state: Literal[SessionState.DONE, SessionState.MISSED]
    girls: Count = 0
    boys: Count = 0
    undeclared: Count = 0
    reason: ActivityReason | None = Field(default=None, description="why it was missed")


class GivenReport(bodies.Body):
    model_config = example(
        document_url="https://lycee.example/rapport.pdf",
        sha256="9f86d081884c7d659a2feaa0c55ad015a3bf4f1b2b0b822cd15d6c15b0f00a08",
    )

    document_url: HttpsUrl
    sha256: Sha256


class NoReport(bodies.Body):
    model_config = example(reason="time-short")

    reason: ReportGap


@router.put("/{number}/research", summary="Plan group, tutor, sessions and milestones")
async def plan(acting: Action, body: Plan) -> bodies.Answer:
    _, calendar = await acting.calendar()

    def decide(a: Activity, actor: Actor, facts: Facts, now: datetime) -> Activity:
        return transitions.plan(
            a,
            actor,
            facts,
            now,
            PupilGroup(**body.group.model_dump()),
            body.tutor_id,
            [LabSession(number=0, **each.model_dump()) for each in body.sessions],
            [Milestone(number=0, **each.model_dump()) for each in body.milestones],
            calendar,
        )

    return await acting.act("research-plan", decide)


@router.post("/{number}/research/sessions/{which}", summary="A session took place, or was missed")
async def record_session(acting: Action, which: Which, body: Recorded) -> bodies.Answer:
    return await acting.act(
        "research-session",
        partial(transitions.record_session, number=which, **body.model_dump()),
    )


@router.post("/{number}/research/milestones/{which}", summary="A milestone is reached")
async def reach_milestone(acting: Action, which: Which) -> bodies.Answer:
    return await acting.act(
        "research-milestone", partial(transitions.reach_milestone, number=which)
    )


@router.put("/{number}/research/report", summary="Submit the report")
async def submit_report(acting: Action, body: GivenReport) -> bodies.Answer:
    return await acting.act(
        "research-report", partial(transitions.submit_report, **body.model_dump())
    )


@router.post("/{number}/research/report/accept", summary="The tutor accepts the report")
async def accept_report(acting: Action) -> bodies.Answer:
    return await acting.act("research-report-accept", transitions.accept_report)


@router.post("/{number}/research/report/missing", summary="There will be no report, and why")
async def miss_report(acting: Action, body: NoReport) -> bodies.Answer:
    return await acting.act(
        "research-report-missing", partial(transitions.miss_report, why=body.reason)
    )
