"""Activities: draft, act, find, and what time does to them."""

from collections.abc import Callable, Iterable, Sequence
from dataclasses import asdict
from datetime import datetime, timedelta
from typing import Any
from uuid import UUID

import uuid_utils
from pydantic import TypeAdapter
from sqlalchemy import select
from sqlalchemy.ext.asyncio import AsyncSession

from triskel.activities.activities.dues import keep_dues
from triskel.activities.activities.dues_tables import DueRow
from triskel.activities.activities.events import more_of
from triskel.activities.activities.queries import facts_of
from triskel.activities.activities.rules import dues, places, transitions
from triskel.activities.activities.rules.activity import Activity, Actor, Facts, Slot
from triskel.activities.activities.rules.deadlines import evaluate_by
from triskel.activities.activities.tables import ActivityRow, StepRow
from triskel.activities.offers.commands.counting import keep_offers
from triskel.activities.offers.rules.availability import day_of
from triskel.chassis.clock import Clock
from triskel.chassis.database import Database
from triskel.chassis.outbox import Outbox
from triskel.chassis.versions import Seen, check_version
from triskel.contracts import activities as said
from triskel.contracts.codes import ActivityState, BookingState, Role
from triskel.contracts.refusals import NotFound

_CLOCKS_FORWARD = timedelta(hours=1)
"""By so much days may be shorter, so that more is looked at than is due."""

PORTION = 500
_STATE = TypeAdapter(Activity)
_SAYS: dict[str, type[said.ActivityEvent]] = {
    "draft": said.ActivityDrafted,
    "edit": said.ActivityEdited,
    "propose": said.ActivityProposed,
    "accept": said.ActivityAccepted,
    "decline": said.ActivityDeclined,
    "withdraw": said.ActivityWithdrawn,
    "expire": said.ActivityExpired,
    "schedule": said.ActivityScheduled,
    "confirm": said.ActivityConfirmed,
    "start": said.ActivityStarted,
    "deliver": said.ActivityDelivered,
    "correct": said.ActivityCorrected,
    "close": said.ActivityClosed,
    "cancel": said.ActivityCancelled,
    "budget": said.ActivityBudgetSet,
    "set-places": said.ActivityPlacesSet,
    "set-lesson": said.ActivityDetailsSet,
    "set-visit": said.ActivityDetailsSet,
    "set-masterclass": said.ActivityDetailsSet,
    "offer-place": said.ActivityPlaceOffered,
    "accept-place": said.ActivityPlaceBooked,
    "change-booking": said.ActivityPlaceChanged,
    "leave": said.ActivityPlaceLeft,
    "lapse-place": said.ActivityPlaceLapsed,
    "open-registration": said.ActivityRegistrationOpened,
    "change-registration": said.ActivityRegistrationChanged,
    "close-registration": said.ActivityRegistrationClosed,
    "count-registrations": said.ActivityRegistrationCounted,
}

Decide = Callable[[Activity, Actor, Facts, datetime], Activity]
Change = tuple[str, Role, Activity]
"""An action, who did it, and the activity one version on."""
Follow = Callable[[Activity, datetime], Iterable[Change]]
"""What an action brings about at once, such as an offer of the places that it left."""


def decided(row: ActivityRow) -> Activity:
    """The row as the domain sees it."""
    return _STATE.validate_python(row.data)


def state_of(activity: Activity) -> said.Activity:
    """The public state, as events carry it and the API shows it."""
    public = asdict(activity)
    turns = places.positions(activity)
    for booking in public["bookings"]:
        booking["position"] = turns.get(booking["id"])
    return said.Activity.model_validate(public)


def _columns(a: Activity) -> dict[str, Any]:
    return {
        "id": a.id,
        "version": a.version,
        "region": a.region,
        "format": a.format,
        "state": a.state,
        "school_year": a.school_year,
        "host_id": a.host_id,
        "school_id": a.school_id,
        "partnership_id": a.partnership_id,
        "drafted_at": a.drafted_at,
        "answer_by": a.answer_by,
        "starts_at": a.slot.starts_at if a.slot else None,
        "delivered_at": a.delivered_at,
        "place_answer_by": places.next_deadline(a),
        "offer_id": a.offer_id,
        "offer_day": day_of(a) if a.offer_id is not None else None,
        "parent_id": a.parent_id,
        "guests": sorted(a.guests),
        "data": _STATE.dump_python(a, mode="json"),
    }


def _step(a: Activity, action: str, by: Role, now: datetime, message: str | None = None) -> StepRow:
    return StepRow(
        activity_id=a.id,
        version=a.version,
        action=action,
        state=a.state,
        by=by,
        at=now,
        reason=a.reason,
        message=message,
        slot=TypeAdapter(Slot).dump_python(a.slot, mode="json") if a.slot else None,
    )


def _event(action: str, before: Activity | None, a: Activity, by: Role) -> said.ActivityEvent:
    public = state_of(a)
    if action == "postpone":
        assert before is not None and before.slot is not None
        previous = said.Slot.model_validate(asdict(before.slot))
        return said.ActivityPostponed(activity=public, by=by, previous=previous)
    if action == "evaluate":
        both = a.state is ActivityState.EVALUATED
        kind = said.ActivityEvaluated if both else said.ActivityEvaluationRecorded
        return kind(activity=public, by=by)
    if action == "book":
        waits = a.bookings[-1].state is BookingState.WAITING
        said_ = said.ActivityPlaceWaitlisted if waits else said.ActivityPlaceBooked
        return said_(activity=public, by=by, booking_id=a.bookings[-1].id)
    if found := more_of(action, before, a):
        of_format, more = found
        return of_format(activity=public, by=by, **more)
    says = _SAYS[action]
    if "booking_id" in says.model_fields:
        assert before is not None
        (changed,) = (b.id for b in a.bookings if b not in before.bookings)
        return says(activity=public, by=by, booking_id=changed)
    return says(activity=public, by=by)


async def one(session: AsyncSession, number: UUID, *, lock: bool = False) -> ActivityRow:
    """Raises `NotFound`."""
    row = await session.get(ActivityRow, number, with_for_update=lock)
    if row is None:
        raise NotFound(
            "activity-unknown", "There is no such activity.", field="id", value=str(number)
        )
    return row


async def draft(
    session: AsyncSession, outbox: Outbox, details: dict[str, Any], by: Role, now: datetime
) -> Activity:
    """A new activity; `details` are the domain's fields."""
    a = Activity(
        id=UUID(str(uuid_utils.uuid7())),
        version=1,
        state=ActivityState.DRAFT,
        drafted_at=now,
        **details,
    )
    await add(session, outbox, "draft", a, by, now)
    return a


async def add(
    session: AsyncSession, outbox: Outbox, action: str, a: Activity, by: Role, now: datetime
) -> None:
    """A new activity, however it came about."""
    session.add(ActivityRow(**_columns(a)))
    await keep_offers(session, [(None, a)], now)
    session.add(_step(a, action, by, now))
    await outbox.record(session, _event(action, None, a, by))


async def act(
    session: AsyncSession,
    outbox: Outbox,
    number: UUID,
    action: str,
    actor_of: Callable[[Activity], Actor],
    expected: Seen | None,
    now: datetime,
    decide: Decide,
    follow: Follow = lambda _, __: (),
    message: str | None = None,
) -> tuple[Activity, Facts]:
    """One of the domain's transitions, under the row's lock, and what follows from it at once.

    Raises its refusal, or 412; null expects no version, for what is right whatever else changed.
    """
    row = await one(session, number, lock=True)
    before = decided(row)
    facts = (await facts_of(session, [before]))[before.id]
    actor = actor_of(before)
    after = decide(before, actor, facts, now)
    if expected is not None:
        check_version(expected, before.version)
    changes = [(action, actor.role, after), *follow(after, now)]
    events = await save(session, row, before, changes, now, message)
    await keep_offers(session, [(before, changes[-1][2])], now)
    await outbox.record(session, *events)
    return changes[-1][2], facts


async def save(
    session: AsyncSession,
    row: ActivityRow,
    before: Activity,
    changes: Sequence[Change],
    now: datetime,
    message: str | None = None,
) -> list[said.ActivityEvent]:
    """The locked row as after the last change, a step of each; their events, to be recorded.
    `message` goes with the first."""
    events: list[said.ActivityEvent] = []
    known = before
    for action, by, after in changes:
        session.add(_step(after, action, by, now, message if not events else None))
        events.append(_event(action, known, after, by))
        known = after
    for name, value in _columns(known).items():
        setattr(row, name, value)
    await keep_dues(session, before, known)
    return events


async def find(session: AsyncSession, number: UUID) -> Activity | None:
    row = await session.get(ActivityRow, number)
    return None if row is None else decided(row)


async def steps_of(session: AsyncSession, number: UUID) -> Sequence[StepRow]:
    rows = await session.scalars(
        select(StepRow)
        .where(StepRow.activity_id == number)  # type: ignore[arg-type]
        .order_by(StepRow.version)  # type: ignore[arg-type]
    )
    return rows.all()


async def by_time(
    database: Database,
    outbox: Outbox,
    now: datetime,
    due: Sequence[Any],
    changes_of: Callable[[Activity], Sequence[Change]],
) -> int:
    """A bounded portion of due rows that nobody else works on, in one transaction."""
    async with database.transaction() as session:
        rows = (
            await session.scalars(
                select(ActivityRow)
                .where(*due)
                .order_by(ActivityRow.id)  # type: ignore[arg-type]
                .limit(PORTION)
                .with_for_update(skip_locked=True)
            )
        ).all()
        events: list[said.ActivityEvent] = []
        changes: list[tuple[Activity | None, Activity]] = []
        for row in rows:
            before = decided(row)
            if its := changes_of(before):
                events += await save(session, row, before, its, now)
                changes.append((before, its[-1][2]))
        await keep_offers(session, changes, now)
        await outbox.record(session, *events)
        return len(changes)


async def expire_unanswered(database: Database, outbox: Outbox, clock: Clock) -> int:
    """Proposals whose deadline passed."""
    now = clock.now()
    column = ActivityRow.__table__.c
    due = [column.state == ActivityState.PROPOSED, column.answer_by < now]
    return await by_time(
        database, outbox, now, due, lambda a: [("expire", Role.SYSTEM, transitions.expire(a))]
    )


def close_unevaluated(days: int) -> Callable[[Database, Outbox, Clock], Any]:
    """The worker that closes what was delivered more than `days` ago."""
    after = timedelta(days=days)

    def changes_of(a: Activity, now: datetime) -> Sequence[Change]:
        by = evaluate_by(a, after)
        # days are counted where it takes place: an hour more when the clocks go back
        if by is None or now <= by:
            return []
        return [("close", Role.SYSTEM, transitions.close_unevaluated(a, now))]

    async def run(database: Database, outbox: Outbox, clock: Clock) -> int:
        now = clock.now()
        column = ActivityRow.__table__.c
        due = [
            column.state.in_([ActivityState.DELIVERED, ActivityState.EVALUATED]),
            column.delivered_at < now - after + _CLOCKS_FORWARD,
        ]
        return await by_time(
            database,
            outbox,
            now,
            due,
            lambda a: changes_of(a, now),
        )

    return run


async def say_missed(database: Database, outbox: Outbox, clock: Clock) -> int:
    """Milestones and action items whose day has passed, each once."""
    now = clock.now()
    column = DueRow.__table__.c
    late = (
        select(column.activity_id)
        .where(column.done_at.is_(None), column.missed_at.is_(None), column.due_at <= now)
        .order_by(column.due_at)
        .limit(PORTION)
    )
    due = [ActivityRow.__table__.c.id.in_(late)]

    def changes_of(a: Activity) -> Sequence[Change]:
        after = dues.miss(a, now)
        # none, if somebody else did it between the look and the lock
        return [] if after is a else [("miss", Role.SYSTEM, after)]

    return await by_time(database, outbox, now, due, changes_of)
