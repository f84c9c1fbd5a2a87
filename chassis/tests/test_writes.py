"""What a transaction writes at its end: in one statement, what SQLAlchemy would write in many."""

from collections.abc import AsyncIterator
from datetime import UTC, datetime
from pathlib import Path
from typing import Any
from uuid import UUID, uuid4

import asyncpg
import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from sqlalchemy import ARRAY, Column, DateTime, SmallInteger, Text, delete, func, select, text
from sqlalchemy.dialects.postgresql import JSONB
from sqlalchemy.orm import registry
from sqlalchemy.orm.exc import StaleDataError
from sqlmodel import Field, SQLModel

from triskel.chassis.database import AS_STORED, Database
from triskel.chassis.outbox import Outbox
from triskel.chassis.testing import RoundTrips, outbox_events
from triskel.chassis.testing.fixtures import FreshDatabase
from triskel.chassis.testing.registry_events import approved
from triskel.chassis.writes import execute_last
from triskel.contracts.codes import OrganisationKind
from triskel.contracts.registry import OrganisationApproved

EXAMPLE = Path(__file__).parent / "example" / "migrations"
TABLES = """
    create table boats (
        id uuid primary key,
        version integer not null,
        names jsonb not null,
        berth jsonb,
        tags text[] not null,
        built smallint,
        kind text not null,
        seen_at timestamptz,
        length double precision
    );
    create table legs (
        boat_id uuid references boats, version integer, primary key (boat_id, version)
    )
"""


class Base(SQLModel, registry=registry()):
    __abstract__ = True


class Boat(Base, table=True):
    __tablename__ = "boats"

    id: UUID = Field(primary_key=True)
    version: int
    names: Any = Field(sa_column=Column(JSONB, nullable=False))
    berth: Any = Field(default=None, sa_column=Column(JSONB(none_as_null=True)))
    tags: list[str] = Field(sa_column=Column(ARRAY(Text), nullable=False))
    built: int | None = Field(default=None, sa_type=SmallInteger)
    kind: OrganisationKind = Field(sa_type=Text)
    seen_at: datetime | None = Field(default=None, sa_type=DateTime(timezone=True))
    length: float | None = None


class Leg(Base, table=True):
    __tablename__ = "legs"

    boat_id: UUID = Field(primary_key=True, foreign_key="boats.id")
    version: int = Field(primary_key=True)


@pytest.fixture
async def database(
    fresh_database: FreshDatabase, round_trips: RoundTrips
) -> AsyncIterator[Database]:
    database = Database(round_trips.through(await fresh_database(EXAMPLE)), pool_size=1, overflow=0)
    connection = await database.raw()
    await connection.execute(TABLES)
    await connection.close()
    yield database
    await database.close()


def boat(**more: Any) -> Boat:
    known: dict[str, Any] = {
        "id": uuid4(),
        "version": 1,
        "names": {},
        "tags": [],
        "kind": "company",
    }
    return Boat(**(known | more))


def company() -> OrganisationApproved:
    return approved(uuid4(), OrganisationKind.COMPANY)


async def stored(database: Database, table: str) -> list[dict[str, Any]]:
    async with database.reading() as session:
        rows = await session.execute(text(f"select * from {table} order by 1, 2"))
        return [dict(row._mapping) for row in rows]


TEXT = st.text(st.characters(codec="utf-8", exclude_characters="\0"), max_size=8)
JSON = st.recursive(
    st.none() | st.booleans() | st.integers(-(2**40), 2**40) | TEXT,
    lambda part: (
        st.lists(part, max_size=3)
        | st.dictionaries(st.text("abé$1 '\"", max_size=3), part, max_size=3)
    ),
    max_leaves=6,
)
MOMENTS = st.integers(-(2**31), 2**32).map(lambda seconds: datetime.fromtimestamp(seconds, UTC))
VALUES = st.fixed_dictionaries(
    {
        "names": JSON,
        "berth": JSON,
        "tags": st.lists(TEXT, max_size=3),
        "built": st.none() | st.integers(-(2**15), 2**15 - 1),
        "kind": st.sampled_from(OrganisationKind),
        "seen_at": st.none() | MOMENTS,
        "length": st.none() | st.floats(allow_nan=False),
    }
)


@settings(max_examples=40, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(first=VALUES, then=VALUES)
async def test_a_row_is_stored_as_sqlalchemy_stores_it(
    database: Database, first: dict[str, Any], then: dict[str, Any]
) -> None:
    number, twin = uuid4(), uuid4()
    for each, flushed in ((number, False), (twin, True)):
        async with database.transaction() as session:
            session.add(boat(id=each, **first))
            if flushed:
                await session.flush()
    await _same(database, number, twin)
    for each, flushed in ((number, False), (twin, True)):
        async with database.transaction() as session:
            row = await session.get_one(Boat, each, with_for_update=True)
            for name, value in then.items():
                setattr(row, name, value)
            if flushed:
                await session.flush()
    await _same(database, number, twin)


async def _same(database: Database, *numbers: UUID) -> None:
    one, other = (
        {name: value for name, value in row.items() if name != "id"}
        for row in await stored(database, "boats")
        if row["id"] in numbers
    )
    assert one == other


async def test_rows_and_events_of_a_transaction_take_one_round_trip_beside_its_begin_and_commit(
    database: Database, round_trips: RoundTrips
) -> None:
    outbox = Outbox("registry")

    async def write() -> None:
        async with database.transaction() as session:
            own = boat()
            session.add(own)
            await outbox.record(session, company())
            session.add_all([Leg(boat_id=own.id, version=number) for number in (1, 2)])
            await outbox.record(session, company())

    assert await round_trips.of(write) == 3
    assert len(await stored(database, "boats")) == 3
    assert len(await stored(database, "legs")) == 6
    assert len(await outbox_events(database)) == 6


async def test_every_statement_of_its_own_is_counted(
    database: Database, round_trips: RoundTrips
) -> None:
    """The control of what counts."""

    async def write() -> None:
        async with database.transaction() as session:
            session.add(boat())
            await session.flush()
            await session.execute(text("select 1"))

    assert await round_trips.of(write) == 4


async def test_a_changed_row_takes_the_place_of_what_it_was_and_of_nothing_else(
    database: Database,
) -> None:
    own, other = boat(length=1.0), boat(length=2.0)
    async with database.transaction() as session:
        session.add_all([own, other])
    async with database.transaction() as session:
        row = await session.get_one(Boat, own.id, with_for_update=True)
        # somebody else's column: what did not change here is not written
        await session.execute(
            text("update boats set kind = 'school' where id = :id"), {"id": own.id}
        )
        row.version, row.length = 2, None
        session.add(Leg(boat_id=row.id, version=2))
    found = {row["id"]: row for row in await stored(database, "boats")}
    assert (found[own.id]["version"], found[own.id]["length"]) == (2, None)
    assert found[own.id]["kind"] == "school"
    assert (found[other.id]["version"], found[other.id]["length"]) == (1, 2.0)


async def test_a_changed_row_that_is_gone_is_told_and_nothing_is_written(
    database: Database,
) -> None:
    own = boat()
    async with database.transaction() as session:
        session.add(own)
    with pytest.raises(StaleDataError):
        async with database.transaction() as session:
            row = await session.get_one(Boat, own.id)
            await session.execute(text("delete from boats"))
            row.version = 2
            session.add(boat())
    assert [row["version"] for row in await stored(database, "boats")] == [1]


async def test_what_is_deleted_and_what_was_put_off_are_written_with_the_rest(
    database: Database, round_trips: RoundTrips
) -> None:
    there = [boat() for _ in range(9)]
    async with database.transaction() as session:
        session.add_all(there)

    async def write() -> None:
        async with database.transaction() as session:
            changed, gone, lost = [await session.get_one(Boat, there.pop().id) for _ in range(3)]
            changed.version = 2
            await session.delete(gone)
            session.add(Leg(boat_id=changed.id, version=2))
            await execute_last(session, delete(Boat).where(Boat.__table__.c.id == lost.id))

    # a begin, three that are read, one that writes, a commit
    assert await round_trips.of(write) == 6
    assert [row["version"] for row in await stored(database, "boats")] == [2, 2, 2]
    assert len(await stored(database, "legs")) == 3


async def test_rows_that_change_are_written_before_new_ones_of_their_table(
    database: Database, round_trips: RoundTrips
) -> None:
    """As SQLAlchemy has it: what changes may make room for what is new."""
    own = boat(length=1.0)
    async with database.transaction() as session:
        session.add(own)
        await session.execute(text("create unique index on boats (length)"))

    async def write() -> None:
        async with database.transaction() as session:
            row = await session.get_one(Boat, own.id)
            session.add(boat(length=row.length))
            row.length = (row.length or 0) + 1

    assert await round_trips.of(write) == 5
    assert len(await stored(database, "boats")) == 4


async def test_what_has_changed_is_written_before_the_end_for_who_reads_the_same_table_alone(
    database: Database,
) -> None:
    async with database.transaction() as session:
        session.add(boat())
        assert (await session.scalars(select(Leg))).all() == []
        assert session.new
        of_boats = select(Boat).execution_options(**{AS_STORED: True})
        assert (await session.scalars(of_boats)).all() == []
        assert len((await session.scalars(select(Boat))).all()) == 1
        assert not session.new


async def test_what_is_put_off_within_a_savepoint_is_taken_back_with_it(
    database: Database,
) -> None:
    own = boat()
    async with database.transaction() as session:
        session.add(own)
        await session.flush()
        with pytest.raises(ZeroDivisionError):
            async with session.begin_nested():
                await execute_last(session, delete(Boat).where(Boat.__table__.c.id == own.id))
                raise ZeroDivisionError
    assert len(await stored(database, "boats")) == 1


async def test_what_only_sqlalchemy_can_order_is_written_by_it(database: Database) -> None:
    """A row in the place of a deleted one, an expression."""
    own, gone = boat(), boat()
    async with database.transaction() as session:
        session.add_all([own, gone])
    async with database.transaction() as session:
        for row in (await session.scalars(select(Boat))).all():
            if row.id == gone.id:
                await session.delete(row)
            else:
                row.version = 2
        session.add(boat(kind=func.concat("sch", "ool")))
    assert sorted((row["version"], row["kind"]) for row in await stored(database, "boats")) == [
        (1, "school"),
        (2, "company"),
    ]


async def test_a_broken_rule_of_one_row_leaves_none(database: Database) -> None:
    with pytest.raises(Exception, match="legs_boat_id_fkey"):
        async with database.transaction() as session:
            session.add(boat())
            session.add(Leg(boat_id=uuid4(), version=1))
            await Outbox("registry").record(session, company())
    assert await stored(database, "boats") == []
    assert await outbox_events(database) == []


async def test_what_a_savepoint_takes_back_is_not_said(database: Database) -> None:
    outbox = Outbox("registry")
    kept = company()
    async with database.transaction() as session:
        with pytest.raises(ZeroDivisionError):
            async with session.begin_nested():
                await outbox.record(session, company())
                raise ZeroDivisionError
        await outbox.record(session, kept)
    assert [event.aggregate.id for event in await outbox_events(database)] == [kept.aggregate.id]


async def test_nothing_is_recorded_in_a_savepoint_after_what_came_before_it(
    database: Database,
) -> None:
    outbox = Outbox("registry")
    with pytest.raises(RuntimeError, match="before a savepoint"):
        async with database.transaction() as session:
            await outbox.record(session, company())
            async with session.begin_nested():
                await outbox.record(session, company())
    assert await outbox_events(database) == []


async def test_what_is_forgotten_in_its_own_transaction_is_not_said(database: Database) -> None:
    outbox = Outbox("registry")
    gone, kept = (
        company(),
        company(),
    )
    async with database.transaction() as session:
        await outbox.record(session, gone, kept)
        await outbox.forget(session, "registry.organisations", str(gone.aggregate.id))
    assert [event.aggregate.id for event in await outbox_events(database)] == [kept.aggregate.id]


async def test_a_transaction_begun_with_a_statement_is_not_left_to_the_next(
    database: Database,
) -> None:
    """Also when nothing else was asked in it: SQLAlchemy itself would not know of it."""
    with pytest.raises(ZeroDivisionError):
        async with database.transaction() as session:
            number = uuid4()
            tag = await database.begin_with(
                session, f"insert into things (id, version) values ('{number}', 1)"
            )
            assert tag == "INSERT 0 1"
            raise ZeroDivisionError
    async with database.transaction() as session:
        # the same connection: the pool has one
        session.add(boat())
    assert await stored(database, "things") == []
    assert len(await stored(database, "boats")) == 1


async def test_a_statement_that_fails_with_its_begin_leaves_the_connection_of_use(
    database: Database,
) -> None:
    with pytest.raises(asyncpg.PostgresError):
        async with database.transaction() as session:
            await database.begin_with(session, "select 1 / 0")
    assert await stored(database, "boats") == []
