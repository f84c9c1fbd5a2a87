"""Jobs over due rows: bounded, in order, shared by replicas, all or nothing."""

import asyncio
from collections.abc import Awaitable, Callable, Sequence
from datetime import datetime
from pathlib import Path
from typing import Any
from uuid import UUID

import pytest
from sqlalchemy import Select, String, cast, func, select, text
from sqlalchemy.exc import DBAPIError
from sqlalchemy.orm import DeclarativeBase, Mapped, mapped_column

from triskel.chassis.clock import FixedClock
from triskel.chassis.database import Database
from triskel.chassis.jobs import DueRows, Job, for_due_rows
from triskel.chassis.outbox import Outbox
from triskel.chassis.testing import outbox_events
from triskel.chassis.testing.registry_events import approved
from triskel.contracts.codes import OrganisationKind

EXAMPLE = Path(__file__).parent / "example" / "migrations"


class Base(DeclarativeBase):
    pass


class Thing(Base):
    """Due while its version is below 9."""

    __tablename__ = "things"
    id: Mapped[UUID] = mapped_column(primary_key=True)
    version: Mapped[int]


class Seen(Base):
    __tablename__ = "seen"
    key: Mapped[str] = mapped_column(primary_key=True)
    version: Mapped[int]


DUE = select(Thing).where(Thing.version < 9).order_by(Thing.version)


@pytest.fixture
def outbox(clock: FixedClock) -> Outbox:
    return Outbox("registry", clock)


async def put(database: Database, *versions: int) -> None:
    async with database.transaction() as session:
        session.add_all(Thing(id=UUID(int=version), version=version) for version in versions)


async def versions(database: Database) -> Sequence[int]:
    async with database.reading() as session:
        return (await session.scalars(select(Thing.version).order_by(Thing.id))).all()


def noting(taken: list[list[int]]) -> Callable[[DueRows[Thing]], Awaitable[int]]:
    """The function of a job that notes the rows it takes, and makes them due no more."""

    async def finish(due: DueRows[Thing]) -> int:
        taken.append([thing.version for thing in due.rows])
        for thing in due.rows:
            thing.version = 9
        return len(due.rows)

    return finish


def finishing(taken: list[list[int]], **options: Any) -> Job:
    """Such a job."""
    return for_due_rows(lambda now: DUE, **options)(noting(taken))


async def test_a_job_takes_a_bounded_number_of_due_rows_in_their_order(
    database: Database, outbox: Outbox, clock: FixedClock
) -> None:
    await put(database, 5, 1, 3, 12)
    taken: list[list[int]] = []
    job = finishing(taken, at_most=2)
    assert [await job(database, outbox, clock) for _ in range(3)] == [2, 1, 0]
    assert taken == [[1, 3], [5]]
    assert await versions(database) == [9, 9, 9, 12]


async def test_two_replicas_share_the_due_rows_and_neither_waits_for_the_other(
    database: Database, outbox: Outbox, clock: FixedClock
) -> None:
    await put(database, *range(9))
    taken: list[list[int]] = []
    note = noting(taken)
    has_rows, may_end = asyncio.Event(), asyncio.Event()

    @for_due_rows(lambda now: DUE, at_most=4)
    async def slow(due: DueRows[Thing]) -> int:
        has_rows.set()
        await may_end.wait()
        return await note(due)

    first = asyncio.ensure_future(slow(database, outbox, clock))
    await has_rows.wait()
    # the control: the rows are locked, and who does not skip them fails
    with pytest.raises(DBAPIError, match="could not obtain lock"):
        async with database.transaction() as session:
            await session.execute(DUE.with_for_update(nowait=True))
    assert await for_due_rows(lambda now: DUE)(note)(database, outbox, clock) == 5
    may_end.set()
    assert await first == 4
    assert taken == [[4, 5, 6, 7, 8], [0, 1, 2, 3]]


async def test_a_job_that_fails_changes_nothing_and_says_nothing(
    database: Database, outbox: Outbox, clock: FixedClock
) -> None:
    await put(database, 1)
    fails = True

    @for_due_rows(lambda now: DUE)
    async def finish(due: DueRows[Thing]) -> int:
        (thing,) = due.rows
        thing.version = 9
        event = approved(thing.id, OrganisationKind.COMPANY, version=thing.version)
        await due.outbox.record(due.session, event)
        if fails:
            raise ZeroDivisionError
        return 1

    with pytest.raises(ZeroDivisionError):
        await finish(database, outbox, clock)
    assert (await versions(database), await outbox_events(database)) == ([1], [])
    fails = False
    assert await finish(database, outbox, clock) == 1
    assert [event.aggregate.version for event in await outbox_events(database)] == [9]


async def test_rows_that_stay_due_are_not_counted_as_work_done(
    database: Database, outbox: Outbox, clock: FixedClock
) -> None:
    await put(database, 1, 2)

    @for_due_rows(lambda now: DUE)
    async def look(due: DueRows[Thing]) -> int:
        return 0

    assert await look(database, outbox, clock) == 0
    assert await versions(database) == [1, 2]


async def test_a_job_is_told_the_time_for_which_its_rows_are_due(
    database: Database, outbox: Outbox, clock: FixedClock
) -> None:
    await put(database, 1)
    asked = []

    def due_at(now: datetime) -> Select[Thing]:
        asked.append(now)
        return DUE

    @for_due_rows(due_at)
    async def look(due: DueRows[Thing]) -> int:
        asked.append(due.now)
        return 0

    await look(database, outbox, clock)
    assert asked == [clock.now(), clock.now()]


async def test_a_statement_over_two_tables_gives_pairs(
    database: Database, outbox: Outbox, clock: FixedClock
) -> None:
    await put(database, 1, 2)
    async with database.transaction() as session:
        await session.execute(
            text("insert into seen values (:key, 7, 0)"), {"key": str(UUID(int=2))}
        )
    found = []

    def due_at(now: datetime) -> Select[Thing, Seen]:
        joined = select(Thing, Seen).join(Seen, Seen.key == func.lower(cast(Thing.id, String)))
        return joined.order_by(Thing.id)

    @for_due_rows(due_at, key_share=True)
    async def look(due: DueRows[tuple[Thing, Seen]]) -> int:
        found.extend((thing.version, seen.version) for thing, seen in due.rows)
        return 0

    await look(database, outbox, clock)
    assert found == [(2, 7)]
