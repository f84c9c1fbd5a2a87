"""A reader in a process of its own, to be killed.

DATABASE_URL=… reader.py WAY BOOTSTRAP REPLICA DIE_AFTER

WAY `ours` is the chassis; `classic` is the control: it commits the database, then the offset to
Kafka, and reads on from there. Each adds what it heard to a counter, so that anything heard twice
shows. With DIE_AFTER above 0 the process kills itself after so many batches, between the commit of
the database and Kafka's own.
"""

import asyncio
import os
import signal
import sys
from collections import Counter
from collections.abc import Sequence
from typing import Any

from aiokafka import AIOKafkaConsumer
from sqlalchemy import text
from sqlalchemy.ext.asyncio import AsyncSession

from triskel.chassis.consumer import ConsumedRecord, Consumers, KafkaConsumers, kafka_consumers
from triskel.chassis.consumer.subscription import Subscription
from triskel.chassis.database import Database
from triskel.chassis.outbox import Outbox
from triskel.chassis.telemetry import Telemetry

ADD = text(
    """
    insert into seen (key, version, additions) values (:key, 1, :number)
    on conflict (key) do update set additions = seen.additions + excluded.additions
    """
)
READER, TOPIC = "activities", "registry.partnerships"


async def add(session: AsyncSession, keys: Sequence[str]) -> None:
    for key, number in sorted(Counter(keys).items()):
        await session.execute(ADD, {"key": key, "number": number})


async def ours(database: Database, bootstrap: str, replica: str, die_after: int) -> None:
    consumers = Consumers(READER)

    @consumers.on(TOPIC)
    async def on_partnerships(session: AsyncSession, records: Sequence[ConsumedRecord]) -> None:
        await add(session, [record.key for record in records])

    kafka_consumers.MAX_RECORDS = 50
    batches = 0
    commit = Subscription._commit

    async def dying_commit(self: Any) -> None:
        nonlocal batches
        batches += 1
        if batches == die_after:
            os.kill(os.getpid(), signal.SIGKILL)
        await commit(self)

    Subscription._commit = dying_commit  # type: ignore[method-assign]
    outbox, telemetry = Outbox(READER), Telemetry("test")
    await KafkaConsumers(consumers, database, outbox, bootstrap, replica, telemetry).run()


async def classic(database: Database, bootstrap: str, replica: str, die_after: int) -> None:
    consumer = AIOKafkaConsumer(
        TOPIC,
        bootstrap_servers=bootstrap,
        group_id="classic",
        group_instance_id=replica,
        enable_auto_commit=False,
        auto_offset_reset="earliest",
    )
    await consumer.start()
    batches = 0
    while True:
        found = await consumer.getmany(timeout_ms=200, max_records=50)
        keys = [r.key.decode() for records in found.values() for r in records]
        if not keys:
            continue
        async with database.transaction() as session:
            await add(session, keys)
        batches += 1
        if batches == die_after:
            os.kill(os.getpid(), signal.SIGKILL)
        await consumer.commit()


async def main() -> None:
    way, bootstrap, replica, die_after = sys.argv[1:]
    run = ours if way == "ours" else classic
    await run(Database(os.environ["DATABASE_URL"]), bootstrap, replica, int(die_after))


asyncio.run(main())
