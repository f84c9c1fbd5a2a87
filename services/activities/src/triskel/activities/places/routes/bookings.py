"""`/v1/activities/{number}/bookings`: taking places, waiting, leaving; open masterclasses."""

from datetime import timedelta
from functools import partial
from typing import Annotated, Any
from uuid import UUID

import uuid_utils
from fastapi import Query, Request
from pydantic import ConfigDict, Field
from sqlalchemy import select, text

from triskel.activities.activities import commands as usecases
from triskel.activities.activities import schemas as bodies
from triskel.activities.activities.queries import facts_of
from triskel.activities.activities.routes.acting import CloseAfter, Joining, Member, answer
from triskel.activities.activities.rules.activity import Activity
from triskel.activities.activities.rules.details import Booking
from triskel.activities.activities.rules.places import KIND_OF
from triskel.activities.activities.tables import ActivityRow
from triskel.activities.places import rules as bookings
from triskel.activities.places.jobs import offering
from triskel.activities.projections import OrganisationRow
from triskel.chassis.auth import Caller
from triskel.chassis.http import Now, Page, Paging, Router, Session, example
from triskel.chassis.http.values import Moment, OneLine
from triskel.chassis.paging import paginate
from triskel.contracts import activities as said
from triskel.contracts.codes import BookingKind, BookingState, OrganisationKind, OrganisationStatus
from triskel.contracts.refusals import Conflict, Invalid

router = Router(prefix="/v1/activities", tags=["places"])
masterclasses = Router(prefix="/v1/masterclasses", tags=["places"])

Label = Annotated[str, OneLine(longest=40)]
Size = Annotated[int, Field(ge=1, le=500)]
Count = Annotated[int, Field(ge=0, le=500)]


class NewBooking(bodies.Body):
    """A class by its label, or a teacher by contact id; never a person's name."""

    model_config = ConfigDict(
        extra="forbid",
        json_schema_extra={"examples": [{"label": "2nde 4", "size": 28, "adults": 2}]},
    )

    label: Label | None = Field(default=None, description='a class, such as "2nde 4"')
    size: Size = 1
    adults: Count = 0
    consents: Count = Field(default=0, description="pupils whose parents agreed")
    contact_id: UUID | None = Field(default=None, description="a teacher")
    organisation_id: UUID | None = Field(
        default=None, description="the school; yours, if you say nothing"
    )


class Changes(bodies.Body):
    model_config = example(size=27, adults=3, consents=27)

    size: Size | None = None
    adults: Count | None = None
    consents: Count | None = None


def offering_of(request: Request) -> usecases.Follow:
    return offering(timedelta(hours=request.app.state.settings.place_answer_hours))


@router.post("/{number}/bookings", status_code=201, summary="Take places, or wait for them")
async def book(acting: Joining, body: NewBooking) -> said.Booking:
    """All or nothing: booked if the whole class fits, else on the waiting list as a whole."""
    known = usecases.decided(await usecases.one(acting.session, acting.number))
    school = body.organisation_id or _own_school(acting.caller, known)
    await _check_school(acting.session, known, school)
    asked = Booking(
        id=UUID(str(uuid_utils.uuid7())),
        kind=KIND_OF.get(known.format, BookingKind.CLASS),
        organisation_id=school,
        size=body.size,
        state=BookingState.WAITING,
        asked_at=acting.now,
        contact_id=body.contact_id,
        label=body.label,
        adults=body.adults,
        consents=body.consents,
    )
    a, _ = await acting.decide("book", partial(bookings.book, asked=asked))
    acting.response.headers["Location"] = f"/v1/activities/{a.id}/bookings/{asked.id}"
    return _shown(a, asked.id)


def _own_school(caller: Caller, a: Activity) -> UUID:
    """A coordinator who names no school means the one that takes part."""
    own = a.school_id if caller.coordinates(a.region) else caller.organisation
    if own is None:
        raise Invalid("school-missing", "Say for which school.", field="organisation_id")
    return own


async def _check_school(session: Any, a: Activity, school: UUID) -> None:
    row = await session.get(OrganisationRow, school)
    right = (
        row is not None
        and row.kind == OrganisationKind.SCHOOL
        and row.region == a.region
        and row.open
        and row.status == OrganisationStatus.APPROVED
    )
    if not right:
        raise Conflict(
            "school-not-ready",
            "Places are for approved schools of the region; this one is not known as such (yet: "
            "the directory arrives by events).",
            field="organisation_id",
            value=str(school),
        )


def _shown(a: Activity, booking: UUID) -> said.Booking:
    return next(b for b in usecases.state_of(a).bookings if b.id == booking)


@router.patch("/{number}/bookings/{booking}", summary="Another size, other adults or consents")
async def change(acting: Joining, booking: UUID, body: Changes, request: Request) -> said.Booking:
    """What a class gives back is offered to those who wait."""
    changes = body.model_dump(exclude_none=True)
    decide = partial(bookings.change_booking, number=booking, changes=changes)
    a, _ = await acting.decide("change-booking", decide, offering_of(request))
    return _shown(a, booking)


@router.post("/{number}/bookings/{booking}/leave", summary="Give the places up")
async def leave(acting: Joining, booking: UUID, request: Request) -> said.Booking:
    """They are offered to the first who wait and fit."""
    decide = partial(bookings.leave, number=booking)
    a, _ = await acting.decide("leave", decide, offering_of(request))
    return _shown(a, booking)


@router.post("/{number}/bookings/{booking}/accept", summary="Take the places that are offered")
async def accept(acting: Joining, booking: UUID) -> said.Booking:
    a, _ = await acting.decide("accept-place", partial(bookings.accept_place, number=booking))
    return _shown(a, booking)


@masterclasses.get("", summary="Masterclasses of your region that teachers may join")
async def open_masterclasses(
    page: Paging,
    caller: Member,
    session: Session,
    now: Now,
    close_after: CloseAfter,
    starts_from: Annotated[Moment | None, Query()] = None,
) -> Page[bodies.Answer]:
    column = ActivityRow.__table__.c
    # written out, as the index has it
    open_ = text("format = 'teacher-masterclass' and state in ('scheduled', 'confirmed')")
    statement = select(ActivityRow).where(column.region == caller.region, open_)
    if starts_from is not None:
        statement = statement.where(column.starts_at >= starts_from)
    keys = [column.starts_at, column.id]
    rows, following = await paginate(session, statement, keys=keys, page=page)
    found = [usecases.decided(row) for (row,) in rows]
    facts = await facts_of(session, found)
    items = [answer(caller, a, facts[a.id], now, close_after) for a in found]
    return Page(items=items, next=following)
