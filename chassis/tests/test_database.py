"""A transaction's session: what is locked is read anew."""

import asyncio
from pathlib import Path

from sqlalchemy import select, text
from sqlalchemy.orm import DeclarativeBase, Mapped, mapped_column

from triskel.chassis.database import Database
from triskel.chassis.testing.fixtures import FreshDatabase

EXAMPLE = Path(__file__).parent / "example" / "migrations"


class Base(DeclarativeBase):
    pass


class Counter(Base):
    __tablename__ = "counters"

    id: Mapped[int] = mapped_column(primary_key=True)
    number: Mapped[int]


async def test_who_waits_for_a_lock_sees_what_the_one_before_wrote(
    fresh_database: FreshDatabase,
) -> None:
    database = Database(await fresh_database(EXAMPLE))
    async with database.transaction() as session:
        await session.execute(text("create table counters (id int primary key, number int)"))
        session.add_all([Counter(id=1, number=0), Counter(id=2, number=0)])
    seen = asyncio.Barrier(8)

    async def count(turn: int) -> None:
        async with database.transaction() as session:
            # both ways of a use case: by key and by a query; each has read the row before
            read = [await session.get_one(Counter, number) for number in (1, 2)]
            await seen.wait()
            first = await session.get_one(Counter, 1, with_for_update=True)
            first.number += 1
            assert first is read[0]
            locked = select(Counter).where(Counter.id == 2).with_for_update()
            second = (await session.scalars(locked)).one()
            second.number += 1

    await asyncio.gather(*map(count, range(8)))
    async with database.reading() as session:
        numbers = await session.scalars(select(Counter.number).order_by(Counter.id))
        assert list(numbers) == [8, 8]
    await database.close()
