"""`/v1/activities/{activity_id}/bookings`: taking places, waiting, leaving; open masterclasses."""

from typing import Annotated
from uuid import UUID

from fastapi import Query

from triskel.activities.activities.commands import ACTIVITIES
from triskel.activities.activities.routes.target import Member, OnActivity
from triskel.activities.activities.rules.activity import ActivityAttempt
from triskel.activities.activities.schemas import ActivityAnswer
from triskel.activities.places import actions, commands
from triskel.activities.places.queries import open_masterclasses
from triskel.activities.places.schemas import BookingChangesBody, NewBookingBody
from triskel.chassis.http import Page, Paging, Router, set_etag
from triskel.chassis.http.actions import Asked, described
from triskel.chassis.http.values import Moment
from triskel.contracts import activities as contract

router = Router(prefix="/v1/activities/{activity_id}/bookings", tags=["places"])
masterclasses = Router(prefix="/v1/masterclasses", tags=["places"])


@router.post("", status_code=201, **described(actions.BOOK))
async def book(on: OnActivity, body: NewBookingBody) -> contract.Booking:
    """All or nothing: booked if the whole class fits, else on the waiting list as a whole."""
    booked, booking_id = await commands.book(
        on.context, on.id, body.organisation_id, body.model_dump(exclude={"organisation_id"})
    )
    set_etag(on.response, booked.subject.version)
    on.response.headers["Location"] = f"/v1/activities/{on.id}/bookings/{booking_id}"
    return _booking(booked, booking_id)


@router.patch("/{booking_id}", **described(actions.CHANGE_BOOKING))
async def change(on: OnActivity, booking_id: UUID, body: BookingChangesBody) -> contract.Booking:
    """What a class gives back is offered to those who wait."""
    changes = body.model_dump(exclude_none=True)
    calendar = await on.calendar()
    changed = await on.act(actions.CHANGE_BOOKING, booking_id, changes, calendar)
    return _booking(changed, booking_id)


@router.post("/{booking_id}/leave", **described(actions.LEAVE))
async def leave(on: OnActivity, booking_id: UUID) -> contract.Booking:
    """They are offered to the first who wait and fit."""
    calendar = await on.calendar()
    return _booking(await on.act(actions.LEAVE, booking_id, calendar), booking_id)


@router.post("/{booking_id}/accept", **described(actions.ACCEPT_PLACE))
async def accept(on: OnActivity, booking_id: UUID) -> contract.Booking:
    return _booking(await on.act(actions.ACCEPT_PLACE, booking_id), booking_id)


def _booking(attempt: ActivityAttempt, booking_id: UUID) -> contract.Booking:
    told: contract.Activity = ACTIVITIES.shape.to_public(attempt.subject)
    return next(each for each in told.bookings if each.id == booking_id)


@masterclasses.get("", summary="Masterclasses of your region that teachers may join")
async def find_masterclasses(
    caller: Member,
    context: Asked,
    page: Paging,
    starts_from: Annotated[Moment | None, Query()] = None,
) -> Page[ActivityAnswer]:
    found, following = await open_masterclasses(context.session, caller.region, starts_from, page)
    attempts = await ACTIVITIES.attempts(context, found)
    return Page(items=[ActivityAnswer.of(each) for each in attempts], next=following)
