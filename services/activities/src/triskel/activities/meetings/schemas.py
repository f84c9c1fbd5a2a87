"""What `/v1/activities/{activity_id}/task-force` and `/v1/action-items` take and give."""

from datetime import date, datetime
from typing import Annotated, Any, Self
from uuid import UUID

from fastapi import Depends, Query
from pydantic import BaseModel, Field, model_validator

from triskel.activities.activities.schemas import Body, DueOn, Line, Prose, Title
from triskel.activities.meetings.queries import ActionItemFilter
from triskel.activities.meetings.rules.dossiers import NewPart
from triskel.activities.meetings.rules.meetings import NewActionItem
from triskel.chassis.http import example
from triskel.chassis.http.values import Day, HttpsUrl, Moment, Region, Sha256
from triskel.contracts import activities as contract
from triskel.contracts.format_codes import MeetingMode


class GivenDelegation(Body):
    region: Region
    organisation_id: UUID
    delegates: int = Field(ge=1, le=200)
    remote: bool = False


class GivenGuest(Body):
    region: Region
    organisation_id: UUID
    people: int = Field(ge=1, le=200)
    remote: bool = False


class DelegationsBody(Body):
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
    delegations: list[GivenDelegation] = Field(
        max_length=40, description="several organisations of a region, the one that leads first"
    )
    delegates_per_region: int | None = Field(
        default=None, ge=1, le=200, description="how many the host allows of each region"
    )
    guests: list[GivenGuest] = Field(default=[], max_length=40)


class NextPartBody(Body):
    """Of what is left out, the part before has it."""

    model_config = example(mode="on-site", title="Rencontre à Rennes")

    mode: MeetingMode
    title: Title | None = None
    host_id: UUID | None = None
    host_region: Region | None = None
    capacity: int | None = Field(default=None, ge=1, le=10_000)

    def to_domain(self) -> NewPart:
        return NewPart(**self.model_dump())


class GivenAgendaItem(Body):
    title: Line
    minutes: int = Field(ge=1, le=1_440)
    by: Region | None = Field(default=None, description="the delegation that leads it")


class GivenVisit(Body):
    organisation_id: UUID
    starts_at: Moment
    ends_at: Moment
    place_name: Line | None = None


class AgendaBody(Body):
    model_config = example(items=[{"title": "Indicateurs communs", "minutes": 90, "by": "NL"}])

    items: list[GivenAgendaItem] = Field(default=[], max_length=50)
    visits: list[GivenVisit] = Field(default=[], max_length=20)


class MinutesBody(Body):
    """A document elsewhere with its digest, or a short text."""

    model_config = example(
        document_url="https://reseau.example/cr-2026-03.pdf",
        sha256="9f86d081884c7d659a2feaa0c55ad015a3bf4f1b2b0b822cd15d6c15b0f00a08",
    )

    document_url: HttpsUrl | None = None
    sha256: Sha256 | None = None
    text: Prose | None = None

    @model_validator(mode="after")
    def _one_or_the_other(self) -> Self:
        if (self.document_url is None) != (self.sha256 is None):
            raise ValueError("document_url and sha256 come together")
        if (self.document_url is None) == (self.text is None):
            raise ValueError("give the document or a text")
        return self


class MinutesAnswer(contract.Minutes):
    """The text is for those who take part; events do not carry it."""

    text: str | None = None


class ApprovalBody(Body):
    model_config = example(region="FRH0")

    region: Region


class ActionItemBody(Body):
    model_config = example(
        title="Partager la grille d'évaluation",
        owner_id="0199a1b2-0002-7000-8000-000000000002",
        due_on="2026-05-15",
    )

    title: Line
    owner_id: UUID = Field(description="an organisation; its people tick it")
    due_on: DueOn

    def to_domain(self) -> NewActionItem:
        return NewActionItem(**self.model_dump())


class ActionItemAnswer(BaseModel):
    activity_id: UUID
    number: int
    title: str
    owner_id: UUID
    due_on: date
    done_at: datetime | None
    overdue: bool

    @classmethod
    def of(cls, row: Any, now: datetime) -> Self:
        """`row` is what is due, as it is stored."""
        kept = row.model_dump(include=cls.model_fields.keys())
        return cls(**kept, overdue=row.done_at is None and row.due_at <= now)


async def _wanted(
    owner: UUID | None = None,
    due_before: Day | None = None,
    open: Annotated[bool | None, Query(description="still to be done, or done")] = None,
) -> ActionItemFilter:
    return ActionItemFilter(owner, due_before, open)


WantedActionItems = Annotated[ActionItemFilter, Depends(_wanted)]
