"""A reader that meets nothing but poison stops, says so, and goes on once people have decided."""

import asyncio
from collections.abc import AsyncIterator, Callable, Sequence
from pathlib import Path

import pytest
from aiokafka import AIOKafkaProducer
from sqlalchemy import text
from sqlalchemy.ext.asyncio import AsyncSession

from triskel.chassis.consumer import Consumers, Delivery, Limit, Listening, deadletters
from triskel.chassis.database import Database
from triskel.chassis.kafka import ensure_topics
from triskel.chassis.outbox import Outbox
from triskel.chassis.telemetry import Telemetry
from triskel.chassis.testing.fixtures import FreshDatabase

pytestmark = pytest.mark.connected
EXAMPLE = Path(__file__).parent / "example" / "migrations"
TOPIC = "notifications.deliveries"


@pytest.fixture
async def database(fresh_database: FreshDatabase) -> AsyncIterator[Database]:
    database = Database(await fresh_database(EXAMPLE))
    yield database
    await database.close()


async def publish(bootstrap: str, *values: bytes) -> None:
    producer = AIOKafkaProducer(bootstrap_servers=bootstrap)
    await producer.start()
    for value in values:
        await producer.send_and_wait(TOPIC, value, b"k", partition=0)
    await producer.stop()


async def until(holds: Callable[[], bool]) -> None:
    async with asyncio.timeout(30):
        while not holds():  # noqa: ASYNC110  (another task changes it)
            await asyncio.sleep(0.1)


async def test_a_reader_stops_after_many_dead_letters_in_a_row_until_people_have_decided(
    kafka_bootstrap: str, database: Database
) -> None:
    await ensure_topics(kafka_bootstrap)
    consumers = Consumers("metrics")

    @consumers.on(TOPIC)
    async def on_deliveries(session: AsyncSession, deliveries: Sequence[Delivery]) -> None:
        return None

    telemetry = Telemetry("test")
    listening = Listening(
        consumers, database, Outbox("metrics"), kafka_bootstrap, "0", telemetry, Limit(in_a_row=3)
    )
    task = asyncio.create_task(listening.run())
    try:
        await publish(kafka_bootstrap, b"{", b"{", b"{")
        await until(lambda: f"{TOPIC}/0" in listening.stopped)
        assert "dead letters in a row" in listening.stopped[f"{TOPIC}/0"]
        # while it is stopped it reads nothing more
        await publish(kafka_bootstrap, b"{later")
        await asyncio.sleep(1.5)
        async with database.transaction() as session:
            assert (await deadletters.waiting(session))[TOPIC] == 3
            for letter in await deadletters.list_waiting(session, 0, 10):
                await deadletters.discard(session, letter.id)
        await until(lambda: not listening.stopped)

        async def later() -> int:
            async with database.reading() as session:
                return int(await session.scalar(text("select count(*) from dead_letters")) or 0)

        async with asyncio.timeout(30):
            while await later() < 4:  # noqa: ASYNC110
                await asyncio.sleep(0.1)
    finally:
        task.cancel()
        await asyncio.gather(task, return_exceptions=True)
