"""`/v1/activities/{id}/task-force`: what only task-force meetings do."""

from functools import partial
from typing import Self
from uuid import UUID

from pydantic import Field, model_validator

from triskel.activities.activities import commands as usecases
from triskel.activities.activities import schemas as bodies
from triskel.activities.activities.queries import require_known
from triskel.activities.activities.routes.acting import Action, Reader, check_may_read
from triskel.activities.activities.rules.meeting import AgendaItem, Delegation, StudyVisit
from triskel.activities.meetings import rules as transitions
from triskel.activities.research.routes import Which
from triskel.chassis.http import Router, Session, example
from triskel.chassis.http.values import HttpsUrl, Moment, Region, Sha256
from triskel.contracts import activities as said
from triskel.contracts.format_codes import MeetingMode
from triskel.contracts.refusals import NotFound

router = Router(prefix="/v1/activities", tags=["task-force meetings"])


class GivenDelegation(bodies.Body):
    region: Region
    organisation_id: UUID
    delegates: int = Field(ge=1, le=200)
    remote: bool = False


class Delegations(bodies.Body):
    model_config = example(
        host_region="FRH0",
        mode="hybrid",
        delegations=[
            {
                "region": "NL",
                "organisation_id": "0199a1b2-0002-7000-8000-000000000002",
                "delegates": 3,
                "remote": True,
            }
        ],
    )

    host_region: Region
    mode: MeetingMode
    delegations: list[GivenDelegation] = Field(max_length=40)


class GivenItem(bodies.Body):
    title: bodies.Line
    minutes: int = Field(ge=1, le=1_440)
    by: Region | None = Field(default=None, description="the delegation that leads it")


class GivenVisit(bodies.Body):
    organisation_id: UUID
    starts_at: Moment
    ends_at: Moment
    place_name: bodies.Line | None = None


class Agenda(bodies.Body):
    model_config = example(items=[{"title": "Indicateurs communs", "minutes": 90, "by": "NL"}])

    items: list[GivenItem] = Field(default=[], max_length=50)
    visits: list[GivenVisit] = Field(default=[], max_length=20)


class GivenMinutes(bodies.Body):
    """A document elsewhere with its digest, or a short text."""

    model_config = example(
        document_url="https://reseau.example/cr-2026-03.pdf",
        sha256="9f86d081884c7d659a2feaa0c55ad015a3bf4f1b2b0b822cd15d6c15b0f00a08",
    )

    document_url: HttpsUrl | None = None
    sha256: Sha256 | None = None
    text: bodies.Prose | None = None

    @model_validator(mode="after")
    def _one_or_the_other(self) -> Self:
        if (self.document_url is None) != (self.sha256 is None):
            raise ValueError("document_url and sha256 come together")
        if (self.document_url is None) == (self.text is None):
            raise ValueError("give the document or a text")
        return self


class MinutesAnswer(said.Minutes):
    """The text is for those who take part; events do not carry it."""

    text: str | None = None


class Approving(bodies.Body):
    model_config = example(region="FRH0")

    region: Region


class NewActionItem(bodies.Body):
    model_config = example(
        title="Partager la grille d'évaluation",
        owner_id="0199a1b2-0002-7000-8000-000000000002",
        due_on="2026-05-15",
    )

    title: bodies.Line
    owner_id: UUID = Field(description="an organisation; its people tick it")
    due_on: bodies.DueOn


@router.put("/{number}/task-force/delegations", summary="Set mode, host region and delegations")
async def set_delegations(acting: Action, body: Delegations) -> bodies.Answer:
    given = [Delegation(**each.model_dump()) for each in body.delegations]
    organisations = (each.organisation_id for each in given)
    await require_known(acting.session, "delegations.organisation_id", organisations)
    return await acting.act(
        "meeting-delegations",
        partial(
            transitions.set_delegations,
            host_region=body.host_region,
            mode=body.mode,
            delegations=given,
        ),
    )


@router.put("/{number}/task-force/agenda", summary="Set agenda and study visits")
async def set_agenda(acting: Action, body: Agenda) -> bodies.Answer:
    visits = [StudyVisit(**each.model_dump()) for each in body.visits]
    organisations = (each.organisation_id for each in visits)
    await require_known(acting.session, "visits.organisation_id", organisations)
    items = [AgendaItem(**each.model_dump()) for each in body.items]
    return await acting.act(
        "meeting-agenda", partial(transitions.set_agenda, items=items, visits=visits)
    )


@router.put("/{number}/task-force/minutes", summary="Publish the minutes")
async def publish_minutes(acting: Action, body: GivenMinutes) -> bodies.Answer:
    return await acting.act(
        "meeting-minutes", partial(transitions.publish_minutes, **body.model_dump())
    )


@router.get("/{number}/task-force/minutes", summary="The minutes, with their text")
async def minutes(caller: Reader, number: UUID, session: Session) -> MinutesAnswer:
    a = usecases.decided(await usecases.one(session, number))
    check_may_read(caller, a)
    if a.task_force is None or a.task_force.minutes is None:
        raise NotFound("minutes-missing", "There are no minutes yet.", field="minutes")
    return MinutesAnswer.model_validate(a.task_force.minutes, from_attributes=True)


@router.post("/{number}/task-force/minutes/approve", summary="A delegation finds them right")
async def approve_minutes(acting: Action, body: Approving) -> bodies.Answer:
    return await acting.act(
        "meeting-approve-minutes", partial(transitions.approve_minutes, region=body.region)
    )


@router.post("/{number}/task-force/action-items", summary="Agree on who does what until when")
async def add_action_item(acting: Action, body: NewActionItem) -> bodies.Answer:
    await require_known(acting.session, "owner_id", [body.owner_id])
    return await acting.act(
        "meeting-action-item", partial(transitions.add_action_item, **body.model_dump())
    )


@router.post("/{number}/task-force/action-items/{which}/done", summary="Its owner did it")
async def finish_action_item(acting: Action, which: Which) -> bodies.Answer:
    return await acting.act(
        "meeting-action-item-done", partial(transitions.finish_action_item, number=which)
    )
