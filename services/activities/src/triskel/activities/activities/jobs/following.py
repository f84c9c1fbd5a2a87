"""What is ahead follows its partnership and its sides: it is called off when one of them is no
more, and waits while one is suspended.

Each job concludes from what is known now, whenever and in whatever order it was heard; while a log
is being read again nothing is concluded. It runs when there is news, and now and then.
"""

from collections.abc import Sequence
from typing import Any
from uuid import UUID

from sqlalchemy import ColumnElement, and_, case, func, not_, or_, select, text
from sqlalchemy.ext.asyncio import AsyncSession

from triskel.activities.activities.actions import CALL_OFF, LOSE_GUESTS, RESUME, SUSPEND
from triskel.activities.activities.commands import ACTIVITIES
from triskel.activities.activities.rules.activity import Activity
from triskel.activities.activities.rules.deadlines import AGREED, AHEAD
from triskel.activities.activities.rules.following import guests_with_plans
from triskel.activities.activities.tables import ACTIVITY, ActivityRow
from triskel.activities.calendars.queries import calendars_of
from triskel.activities.projections import OrganisationRow, PartnershipRow
from triskel.chassis.consumer import rebuilding
from triskel.chassis.jobs import DueRows, for_due_rows
from triskel.contracts.codes import Cause, OrganisationStatus, PartnershipState

HEARS = ("activities.registry.partnerships", "activities.registry.organisations")
_activity = ActivityRow.__table__.c
_partnership, _organisation = PartnershipRow.__table__.c, OrganisationRow.__table__.c
_P = PartnershipState
_OVER = (_P.DECLINED, _P.WITHDRAWN, _P.EXPIRED, _P.ENDED, _P.TERMINATED)
_OF_IT = or_(_organisation.id == _activity.host_id, _organisation.id == _activity.school_id)
_MERGED = _organisation.merged_into.is_not(None)
_HAS_LEFT = _organisation.status == OrganisationStatus.WITHDRAWN
_IS_SUSPENDED = _organisation.status == OrganisationStatus.SUSPENDED


def _a_side(is_so: ColumnElement[bool]) -> ColumnElement[bool]:
    return select(_organisation.id).where(_OF_IT, is_so).exists()


def _its_partnership(*states: PartnershipState) -> ColumnElement[bool]:
    of_it = _partnership.id == _activity.partnership_id
    found = select(_partnership.id).where(of_it, _partnership.state.in_(states)).exists()
    return and_(_activity.partnership_id.is_not(None), found)


_NO_MORE = or_(_its_partnership(*_OVER), _a_side(or_(_HAS_LEFT, ~_organisation.open)))
_ON_HOLD = or_(_its_partnership(_P.SUSPENDED), _a_side(_IS_SUSPENDED))


def _not_begun(now: Any) -> ColumnElement[bool]:
    return or_(_activity.starts_at.is_(None), _activity.starts_at > now)


async def _read_again(session: AsyncSession) -> bool:
    for group in HEARS:
        if await rebuilding(session, group):
            return True
    return False


@for_due_rows(
    lambda now: (
        select(ActivityRow)
        .where(_activity.state.in_(sorted(AHEAD)), _not_begun(now), _NO_MORE)
        .order_by(_activity.id)
    )
)
async def call_off(due: DueRows[ActivityRow]) -> int:
    """What is ahead, and whose partnership is over or a side of which has left or was closed."""
    if await _read_again(due.session):
        return 0
    causes = await _causes(
        due.session,
        [row.id for row in due.rows],
        (_MERGED, Cause.ORGANISATION_MERGED),
        (_HAS_LEFT, Cause.ORGANISATION_WITHDRAWN),
        (~_organisation.open, Cause.ORGANISATION_CLOSED),
        otherwise=Cause.PARTNERSHIP_ENDED,
    )
    return await ACTIVITIES.act_by_clock(
        due, CALL_OFF, lambda activity: {"cause": causes[activity.id]}
    )


@for_due_rows(
    lambda now: (
        select(ActivityRow)
        .where(
            _activity.state.in_(sorted(AGREED)),
            _activity.suspended_at.is_(None),
            _not_begun(now),
            _ON_HOLD,
            not_(_NO_MORE),
        )
        .order_by(_activity.id)
    )
)
async def suspend_planned(due: DueRows[ActivityRow]) -> int:
    """What is agreed and has not begun, and whose partnership or a side of which is suspended."""
    if await _read_again(due.session):
        return 0
    causes = await _causes(
        due.session,
        [row.id for row in due.rows],
        (_IS_SUSPENDED, Cause.ORGANISATION_SUSPENDED),
        otherwise=Cause.PARTNERSHIP_SUSPENDED,
    )
    return await ACTIVITIES.act_by_clock(
        due, SUSPEND, lambda activity: {"cause": causes[activity.id]}
    )


@for_due_rows(
    lambda now: (
        select(ActivityRow)
        .where(_activity.suspended_at.is_not(None), _not_begun(now), not_(_ON_HOLD), not_(_NO_MORE))
        .order_by(_activity.id)
    )
)
async def resume_reinstated(due: DueRows[ActivityRow]) -> int:
    """What was suspended, and of which nothing is any more, before its date."""
    if await _read_again(due.session):
        return 0
    return await ACTIVITIES.act_by_clock(due, RESUME)


@for_due_rows(
    lambda now: (
        select(ActivityRow)
        .where(_activity.suspended_at.is_not(None), _activity.starts_at <= now)
        .order_by(_activity.id)
    )
)
async def call_off_suspended(due: DueRows[ActivityRow]) -> int:
    """What is still suspended when its date has come."""

    def given(activity: Activity) -> dict[str, Cause]:
        assert activity.suspension is not None
        return {"cause": activity.suspension.cause}

    return await ACTIVITIES.act_by_clock(due, CALL_OFF, given)


_GUEST: Any = text(
    """
    exists (
        select from (
            select each ->> 'organisation_id' as id
            from jsonb_array_elements(activities.data -> 'bookings') as each
            where each ->> 'state' in ('booked', 'offered', 'waiting')
            union all
            select jsonb_array_elements_text(activities.data -> 'further_schools')
            union all
            select each ->> 'organisation_id' from jsonb_array_elements(
                activities.data #> '{task_force,delegations}') as each
            union all
            select each ->> 'organisation_id' from jsonb_array_elements(
                activities.data #> '{task_force,visits}') as each
        ) as part join organisations as o on o.id = part.id::uuid
        where o.status = 'withdrawn' or not o.open
    )
    """
)
"""As `guests_with_plans` has it, of one that is no more."""


@for_due_rows(
    lambda now: (
        select(ActivityRow)
        .where(_activity.state.in_(sorted(AHEAD)), _not_begun(now), _GUEST)
        .order_by(_activity.id)
    )
)
async def lose_guests(due: DueRows[ActivityRow]) -> int:
    """Whoever takes part beside the two sides, and has left or was closed, comes to nothing that is
    ahead any more. Of who is suspended nothing is taken away."""
    if await _read_again(due.session):
        return 0
    known = [ACTIVITY.to_domain(row) for row in due.rows]
    guests = {guest for activity in known for guest in guests_with_plans(activity)}
    gone = frozenset(
        await due.session.scalars(
            select(_organisation.id).where(
                _organisation.id.in_(sorted(guests)), or_(_HAS_LEFT, ~_organisation.open)
            )
        )
    )
    calendars = await calendars_of(due.session, {row.region for row in due.rows})
    return await ACTIVITIES.act_by_clock(
        due,
        LOSE_GUESTS,
        lambda activity: {"gone": gone, "calendar": calendars[activity.region]},
    )


async def _causes(
    session: AsyncSession,
    activity_ids: Sequence[UUID],
    *of_a_side: tuple[ColumnElement[bool], Cause],
    otherwise: Cause,
) -> dict[UUID, Cause]:
    """The first of these that is so of a side; otherwise it is the partnership's."""
    order = [cause for _, cause in of_a_side]
    number = case(*((is_so, place) for place, (is_so, _) in enumerate(of_a_side)))
    found = await session.execute(
        select(_activity.id, func.min(number))
        .join(OrganisationRow, _OF_IT)
        .where(_activity.id.in_(activity_ids))
        .group_by(_activity.id)
    )
    return {
        activity_id: otherwise if place is None else order[place] for activity_id, place in found
    }
