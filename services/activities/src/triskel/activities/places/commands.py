"""Taking places, which needs to know the school that they are for."""

from collections.abc import Mapping
from typing import Any
from uuid import UUID

from uuid_utils.compat import uuid7

from triskel.activities.activities.commands import ACTIVITIES
from triskel.activities.activities.queries import actor_of, parties_of
from triskel.activities.activities.rules.activity import Activity, ActivityAttempt
from triskel.activities.activities.rules.details import Booking
from triskel.activities.places.actions import BOOK
from triskel.activities.places.queries import may_take_places
from triskel.activities.places.refusals import BookingSchoolMissing
from triskel.activities.places.rules.places import KIND_OF
from triskel.chassis.auth import Caller
from triskel.chassis.commands import Context
from triskel.contracts.codes import BookingKind, BookingState


async def book(
    context: Context, activity_id: UUID, school_id: UUID | None, details: Mapping[str, Any]
) -> tuple[ActivityAttempt, UUID]:
    """Places for a class or a teacher of a school, the caller's own where none is named. `details`
    are the booking's other fields. Returns the activity afterwards, and the booking's id."""
    row = await ACTIVITIES.find(context.session, activity_id, lock=True)
    activity: Activity = ACTIVITIES.shape.to_domain(row)
    school_id = school_id or _own_school(context.caller, activity)
    parties = await parties_of(
        context.session, activity.school_id, activity.host_id, activity.partnership_id, school_id
    )
    asked = Booking(
        id=uuid7(),
        kind=KIND_OF.get(activity.format, BookingKind.CLASS),
        organisation_id=school_id,
        state=BookingState.WAITING,
        asked_at=context.now,
        **details,
    )
    attempt = ActivityAttempt(
        activity, actor_of(context.caller, activity), parties.facts(activity), context.now
    )
    known = may_take_places(activity.region, parties.organisations.get(school_id))
    return await ACTIVITIES.act_on(context, attempt, None, BOOK, asked, known), asked.id


def _own_school(caller: Caller, activity: Activity) -> UUID:
    """A coordinator who names no school means the one that takes part."""
    coordinates = caller.coordinates(activity.region)
    own = activity.school_id if coordinates else caller.organisation
    if own is None:
        raise BookingSchoolMissing
    return own
