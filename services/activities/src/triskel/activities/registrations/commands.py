"""Families register themselves: open, register, cancel, and what time counts.

Locks are taken in one order: the activity, its link, the registrations. Families take the link's
only, so that a hundred of them at once change no version of the activity: its state says the counts
when the worker has counted, at most once a minute.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from uuid import UUID

from sqlalchemy import select, text, true, update
from sqlalchemy.ext.asyncio import AsyncSession
from sqlalchemy.orm import aliased
from uuid_utils.compat import uuid7

from triskel.activities.activities.commands import ACTIVITIES
from triskel.activities.activities.rules.activity import Activity, ActivityAttempt
from triskel.activities.activities.tables import ActivityRow
from triskel.activities.places.refusals import PlacesClosed
from triskel.activities.places.rules.places import promotions
from triskel.activities.projections import RegionRow
from triskel.activities.registrations import rules
from triskel.activities.registrations.actions import (
    CHANGE_REGISTRATION,
    CLOSE_REGISTRATION,
    OPEN_REGISTRATION,
)
from triskel.activities.registrations.refusals import (
    LinkUnknown,
    RegistrationUnknown,
    SecretInUse,
)
from triskel.activities.registrations.rules import Counted
from triskel.activities.registrations.tables import RegistrationLinkRow, RegistrationRow
from triskel.chassis.commands import Context, Happened
from triskel.chassis.regions import settings_in
from triskel.chassis.secrets import digest_of, new_secret
from triskel.chassis.versions import Seen
from triskel.contracts import activities as contract
from triskel.contracts.codes import BookingState
from triskel.contracts.registry import RegistrationLimits

TOKEN_BYTES = 24
_B = BookingState


@dataclass(frozen=True)
class Invitation:
    """What a link leads to, and what families of its region may; `known` is the registration of
    the secret that was shown, if there is one."""

    activity: Activity
    link: RegistrationLinkRow
    limits: RegistrationLimits
    known: RegistrationRow | None = None


@dataclass(frozen=True)
class Registered:
    """`position` is the turn of a family that waits."""

    row: RegistrationRow
    position: int | None


async def _locked_link(context: Context, activity_id: UUID) -> RegistrationLinkRow | None:
    """The activity's, if it has one: both are locked from then on, the activity first."""
    of = ActivityRow.__table__.c.id == activity_id
    locked = select(ActivityRow).where(of).with_for_update().cte("locked_activity")
    own = RegistrationLinkRow.__table__.c.activity_id == select(locked.c.id).scalar_subquery()
    link = select(RegistrationLinkRow).where(own).with_for_update().cte("locked_link")
    activity_row, link_row = aliased(ActivityRow, locked), aliased(RegistrationLinkRow, link)
    found = await context.session.execute(
        select(activity_row, link_row).select_from(activity_row).outerjoin(link_row, true())
    )
    row = found.one_or_none()
    ACTIVITIES.hold(context.session, row and row[0], activity_id)
    return row and row[1]


def _counts(link: RegistrationLinkRow | None) -> Counted:
    return Counted(link.booked, link.waiting) if link else Counted()


async def open_registration(
    context: Context, activity_id: UUID, seen: Seen | None, quota: int, until: datetime
) -> tuple[ActivityAttempt, str]:
    """A new link, whose secret is given here and nowhere else; an earlier one is void."""
    session, token = context.session, new_secret(TOKEN_BYTES)
    link = await _locked_link(context, activity_id)
    opened = await ACTIVITIES.act(
        context, activity_id, seen, OPEN_REGISTRATION, quota, until, _counts(link)
    )
    if link is None:
        link = RegistrationLinkRow(
            activity_id=activity_id, token_hash=digest_of(token), quota=quota, until=until
        )
        session.add(link)
    link.token_hash, link.quota, link.until, link.closed_at = digest_of(token), quota, until, None
    await _promote(session, link, context.now)
    return opened, token


async def change_registration(
    context: Context,
    activity_id: UUID,
    seen: Seen | None,
    quota: int | None,
    until: datetime | None,
) -> ActivityAttempt:
    """Another quota or another last moment."""
    link = await _locked_link(context, activity_id)
    changed = await ACTIVITIES.act(
        context, activity_id, seen, CHANGE_REGISTRATION, quota, until, _counts(link)
    )
    registration = changed.subject.registration
    assert link is not None and registration is not None
    link.quota, link.until = registration.quota, registration.until
    await _promote(context.session, link, context.now)
    return changed


async def close_registration(
    context: Context, activity_id: UUID, seen: Seen | None
) -> ActivityAttempt:
    """The link is void; who is registered stays and may cancel."""
    link = await _locked_link(context, activity_id)
    closed = await ACTIVITIES.act(context, activity_id, seen, CLOSE_REGISTRATION, _counts(link))
    assert link is not None
    link.closed_at = context.now
    return closed


@ACTIVITIES.reaction
async def _move_links(happened: Sequence[Happened[Activity]]) -> None:
    """With another date families register until another moment; the activity is locked already."""
    for each in happened:
        registration = each.after.registration
        moved = any(change.event is contract.ActivityPostponed for change in each.changes)
        if not moved or registration is None:
            continue
        of = RegistrationLinkRow.__table__.c.activity_id == each.after.id
        await each.session.execute(
            update(RegistrationLinkRow).where(of).values(until=registration.until)
        )


async def invitation(session: AsyncSession, token: str, own: str | None = None) -> Invitation:
    """With a secret of one's `own` the link is locked. Raises `NotFound`: a link that is void is
    one that never was."""
    link, registration = RegistrationLinkRow.__table__.c, RegistrationRow.__table__.c
    known = registration.token_hash == (None if own is None else digest_of(own))
    wanted = (
        select(ActivityRow, RegistrationLinkRow, RegistrationRow, RegionRow)
        .join(RegistrationLinkRow, link.activity_id == ActivityRow.__table__.c.id)
        .outerjoin(RegistrationRow, known)
        .outerjoin(RegionRow, RegionRow.__table__.c.region == ActivityRow.__table__.c.region)
        .where(link.token_hash == digest_of(token))
    )
    if own is not None:
        wanted = wanted.with_for_update(of=RegistrationLinkRow)
    found = (await session.execute(wanted)).one_or_none()
    if found is None or found[1].closed_at is not None or found[0].hidden:
        raise LinkUnknown
    row, link_row, registered, region = found
    limits = settings_in(row.region, region).registrations
    return Invitation(ACTIVITIES.shape.to_domain(row), link_row, limits, registered)


async def register(
    session: AsyncSession, token: str, adults: int, children: int, own: str, now: datetime
) -> Registered:
    """One family. `own` is its secret: to send the same again changes nothing."""
    invited = await invitation(session, token, own)
    activity, link = invited.activity, invited.link
    if invited.known is not None:
        if invited.known.activity_id != activity.id:
            raise SecretInUse
        return await _shown(session, invited.known)
    rules.check_open(activity, link.until, now)
    rules.check_party(adults, children, invited.limits)
    size = adults + children
    state = rules.state_of_new(size, link.quota, link.booked, link.waiting)
    row = RegistrationRow(
        id=uuid7(),
        activity_id=activity.id,
        token_hash=digest_of(own),
        adults=adults,
        children=children,
        state=state,
        asked_at=now,
    )
    session.add(row)
    _counted(link, now, **{state: size})
    return await _shown(session, row)


async def look(session: AsyncSession, own: str) -> Registered:
    """Raises `NotFound`."""
    return await _shown(session, await _known(session, own))


async def cancel(session: AsyncSession, own: str, now: datetime) -> Registered:
    """What it leaves goes to those who wait, without asking them: no address of theirs is known,
    so nobody could tell them of an offer. Again changes nothing."""
    known = await _known(session, own)
    link = await session.get(RegistrationLinkRow, known.activity_id, with_for_update=True)
    assert link is not None
    await session.refresh(known)
    if known.state == _B.LEFT:
        return Registered(known, None)
    activity = await ACTIVITIES.get(session, known.activity_id)
    if activity.slot is not None and now >= activity.slot.starts_at:
        raise PlacesClosed
    _counted(link, now, **{known.state: -known.size})
    known.state = _B.LEFT
    await session.flush()
    await _promote(session, link, now)
    return Registered(known, None)


async def _known(session: AsyncSession, own: str) -> RegistrationRow:
    column = RegistrationRow.__table__.c
    known: RegistrationRow | None = await session.scalar(
        select(RegistrationRow).where(column.token_hash == digest_of(own))
    )
    if known is None:
        raise RegistrationUnknown
    return known


async def _shown(session: AsyncSession, row: RegistrationRow) -> Registered:
    if row.state != _B.WAITING:
        return Registered(row, None)
    before = await session.scalar(
        text(
            "select count(*) from registrations where activity_id = :activity "
            "and state = 'waiting' and (asked_at, id) < (:at, :id)"
        ),
        {"activity": row.activity_id, "at": row.asked_at, "id": row.id},
    )
    return Registered(row, int(before or 0) + 1)


def _counted(link: RegistrationLinkRow, now: datetime, booked: int = 0, waiting: int = 0) -> None:
    link.booked += booked
    link.waiting += waiting
    link.uncounted_since = link.uncounted_since or now


async def _promote(session: AsyncSession, link: RegistrationLinkRow, now: datetime) -> None:
    """As for classes: in the order of asking, and who does not fit is passed over."""
    if not link.waiting or link.booked >= link.quota:
        return
    waiting = await session.execute(
        text(
            "select id, adults + children from registrations where activity_id = :activity "
            "and state = 'waiting' order by asked_at, id"
        ),
        {"activity": link.activity_id},
    )
    queue = [rules.Party(id=number, size=size) for number, size in waiting]
    placed = promotions(queue, link.quota - link.booked)
    if not placed:
        return
    await session.execute(
        text("update registrations set state = 'booked' where id = any(:ids)"),
        {"ids": [party.id for party in placed]},
    )
    people = sum(party.size for party in placed)
    _counted(link, now, booked=people, waiting=-people)
