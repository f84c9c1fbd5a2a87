"""Families register themselves: open, register, cancel, and what time counts.

Locks are taken in one order: the activity, its link, the registrations. Families take the link's
only, so that a hundred of them at once change no version of the activity: its state says the counts
when the worker has counted, at most once a minute.
"""

import hashlib
import secrets
from collections.abc import Callable
from dataclasses import dataclass
from datetime import datetime, timedelta
from functools import partial
from typing import Any
from uuid import UUID

import uuid_utils
from sqlalchemy import select, text
from sqlalchemy.ext.asyncio import AsyncSession

from triskel.activities.activities import commands as usecases
from triskel.activities.activities.rules.activity import Activity, Actor, Facts
from triskel.activities.activities.rules.places import promotions
from triskel.activities.activities.tables import ActivityRow
from triskel.activities.registrations import rules as domain
from triskel.activities.registrations.tables import RegistrationLinkRow, RegistrationRow
from triskel.chassis.clock import Clock
from triskel.chassis.database import Database
from triskel.chassis.outbox import Outbox
from triskel.chassis.versions import Seen
from triskel.contracts.codes import BookingState, Role
from triskel.contracts.refusals import Conflict, NotFound

TOKEN_BYTES = 24
COUNT_AFTER = timedelta(seconds=60)
PORTION = 100
_B = BookingState


@dataclass(frozen=True)
class Registered:
    """`position` is the turn of a family that waits."""

    row: RegistrationRow
    position: int | None


@dataclass(frozen=True)
class Deciding:
    """What each change of an activity needs."""

    session: AsyncSession
    outbox: Outbox
    number: UUID
    actor_of: Callable[[Activity], Actor]
    seen: Seen
    now: datetime


def digest(token: str) -> bytes:
    """What is kept of a secret; 24 random bytes need no salt."""
    return hashlib.sha256(token.encode()).digest()


async def _locked_link(session: AsyncSession, number: UUID) -> RegistrationLinkRow | None:
    await usecases.one(session, number, lock=True)
    return await session.get(RegistrationLinkRow, number, with_for_update=True)


async def _act(on: Deciding, action: str, decide: usecases.Decide) -> tuple[Activity, Facts]:
    return await usecases.act(
        on.session, on.outbox, on.number, action, on.actor_of, on.seen, on.now, decide
    )


async def open_registration(
    on: Deciding, quota: int, until: datetime
) -> tuple[Activity, Facts, str]:
    """A new link, whose secret is given here and nowhere else; an earlier one is void."""
    token = secrets.token_urlsafe(TOKEN_BYTES)
    link = await _locked_link(on.session, on.number)
    booked, waiting = (link.booked, link.waiting) if link else (0, 0)
    decide = partial(
        domain.open_registration, quota=quota, until=until, booked=booked, waiting=waiting
    )
    a, facts = await _act(on, "open-registration", decide)
    if link is None:
        link = RegistrationLinkRow(
            activity_id=a.id, token_hash=digest(token), quota=quota, until=until
        )
        on.session.add(link)
    link.token_hash, link.quota, link.until, link.closed_at = digest(token), quota, until, None
    await on.session.flush()
    await _promote(on.session, link, on.now)
    return a, facts, token


async def change_registration(
    on: Deciding, quota: int | None, until: datetime | None
) -> tuple[Activity, Facts]:
    link = await _locked_link(on.session, on.number)
    booked, waiting = (link.booked, link.waiting) if link else (0, 0)
    decide = partial(
        domain.change_registration, quota=quota, until=until, booked=booked, waiting=waiting
    )
    a, facts = await _act(on, "change-registration", decide)
    assert link is not None and a.registration is not None
    link.quota, link.until = a.registration.quota, a.registration.until
    await _promote(on.session, link, on.now)
    return a, facts


async def close_registration(on: Deciding) -> tuple[Activity, Facts]:
    """The link is void; who is registered stays and may cancel."""
    link = await _locked_link(on.session, on.number)
    booked, waiting = (link.booked, link.waiting) if link else (0, 0)
    decide = partial(domain.close_registration, booked=booked, waiting=waiting)
    a, facts = await _act(on, "close-registration", decide)
    assert link is not None
    link.closed_at = on.now
    return a, facts


async def invitation(session: AsyncSession, token: str) -> tuple[Activity, RegistrationLinkRow]:
    """What a link leads to. Raises `NotFound`: a link that is void is one that never was."""
    return await _invitation(session, token, lock=False)


async def _invitation(
    session: AsyncSession, token: str, *, lock: bool
) -> tuple[Activity, RegistrationLinkRow]:
    column = RegistrationLinkRow.__table__.c
    wanted = select(RegistrationLinkRow).where(column.token_hash == digest(token))
    link = await session.scalar(wanted.with_for_update() if lock else wanted)
    if link is None or link.closed_at is not None:
        raise NotFound("link-unknown", "This link is not valid, or not any more.", field="token")
    return usecases.decided(await usecases.one(session, link.activity_id)), link


async def register(
    session: AsyncSession, token: str, adults: int, children: int, own: str, now: datetime
) -> Registered:
    """One family. `own` is its secret: to send the same again changes nothing."""
    a, link = await _invitation(session, token, lock=True)
    known = await _by_own(session, own)
    if known is not None:
        if known.activity_id != a.id:
            raise Conflict("secret-in-use", "Take another secret.", field="own_token")
        return await _shown(session, known)
    domain.check_open(a, link.until, now)
    size = adults + children
    state = domain.state_of_new(size, link.quota, link.booked, link.waiting)
    row = RegistrationRow(
        id=UUID(str(uuid_utils.uuid7())),
        activity_id=a.id,
        token_hash=digest(own),
        adults=adults,
        children=children,
        state=state,
        asked_at=now,
    )
    session.add(row)
    _counted(link, now, **{state: size})
    await session.flush()
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
    a = usecases.decided(await usecases.one(session, known.activity_id))
    if a.slot is not None and now >= a.slot.starts_at:
        raise Conflict("places-closed", "It has begun.")
    _counted(link, now, **{known.state: -known.size})
    known.state = _B.LEFT
    await session.flush()
    await _promote(session, link, now)
    return Registered(known, None)


async def _by_own(session: AsyncSession, own: str) -> RegistrationRow | None:
    column = RegistrationRow.__table__.c
    found: RegistrationRow | None = await session.scalar(
        select(RegistrationRow).where(column.token_hash == digest(own))
    )
    return found


async def _known(session: AsyncSession, own: str) -> RegistrationRow:
    known = await _by_own(session, own)
    if known is None:
        raise NotFound("registration-unknown", "There is no such registration.", field="token")
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
    queue = [domain.Party(id=number, size=size) for number, size in waiting]
    placed = promotions(queue, link.quota - link.booked)
    if not placed:
        return
    await session.execute(
        text("update registrations set state = 'booked' where id = any(:ids)"),
        {"ids": [party.id for party in placed]},
    )
    people = sum(party.size for party in placed)
    _counted(link, now, booked=people, waiting=-people)


async def count_registrations(database: Database, outbox: Outbox, clock: Clock) -> int:
    """The worker that says in the activity's state, and so in an event, what was counted."""
    now = clock.now()
    column: Any = RegistrationLinkRow.__table__.c
    activity: Any = ActivityRow.__table__.c
    due = (
        select(column.activity_id)
        .where(column.uncounted_since <= now - COUNT_AFTER)
        .order_by(column.uncounted_since)
        .limit(PORTION)
    )
    async with database.transaction() as session:
        rows = (
            await session.scalars(
                select(ActivityRow)
                .where(activity.id.in_(due))
                .order_by(activity.id)
                .with_for_update(skip_locked=True)
            )
        ).all()
        links = await session.scalars(
            select(RegistrationLinkRow)
            .where(column.activity_id.in_([row.id for row in rows]))
            .where(column.uncounted_since.is_not(None))
            .order_by(column.activity_id)
            .with_for_update()
        )
        by_id = {link.activity_id: link for link in links}
        events = []
        for row in rows:
            if (link := by_id.get(row.id)) is None:
                continue
            link.uncounted_since = None
            before = usecases.decided(row)
            known = before.registration
            if known is None or (known.booked, known.waiting) == (link.booked, link.waiting):
                continue
            after = domain.count(before, link.booked, link.waiting)
            change = ("count-registrations", Role.SYSTEM, after)
            events += await usecases.save(session, row, before, [change], now)
        await outbox.record(session, *events)
        return len(by_id)
