"""`make bench`: ratios on the sandbox's Kafka and PostgreSQL, arms alternating in one run."""

import asyncio
import json
import os
import platform
import statistics
import tempfile
import time
from collections.abc import Awaitable, Callable, Sequence
from datetime import UTC, datetime
from pathlib import Path
from typing import Any
from uuid import UUID, uuid4

import asyncpg
from aiokafka import AIOKafkaConsumer, AIOKafkaProducer, TopicPartition
from rich.console import Console
from rich.table import Table

from triskel.chassis.clock import SystemClock
from triskel.chassis.consumer import Listening
from triskel.chassis.database import Database
from triskel.chassis.kafka import ensure_topics
from triskel.chassis.migrations import migrate
from triskel.chassis.outbox import Outbox
from triskel.chassis.relay import Relay, outbox_backlog
from triskel.chassis.telemetry import Telemetry
from triskel.contracts import Envelope, Message, decode, encode
from triskel.contracts.registry import Organisation, OrganisationImported
from triskel.metrics.consumers import build_consumers
from triskel.metrics.main import MIGRATIONS
from triskel.sandbox import open_kafka, open_postgres

EVENTS = 40_000
INBOX_EVENTS = 3_000
ROUNDS = 5
TOPIC = "registry.organisations"
RESULT = Path("build/bench.json")
console = Console(stderr=True)
Arm = Callable[[], Awaitable[float]]


def messages(number: int) -> list[Message]:
    """Events as the import of a directory says them, about 700 bytes each."""
    made = []
    for each in range(number):
        state = Organisation(
            id=UUID(int=each + (uuid4().int >> 64 << 64)),
            region="FRH0",
            version=1,
            kind="school",
            helix="education",
            names={"fr": f"École élémentaire publique numéro {each}"},
            status="imported",
            identifiers=({"scheme": "uai", "value": "0350024L"},),
            levels=("1",),
            pupils=143,
        )
        event = OrganisationImported(organisation=state)
        envelope = Envelope(
            id=str(uuid4()),
            source="/regions/FRH0/registry",
            type=event.event_type(),
            subject=str(state.id),
            time=datetime.now(UTC),
            dataschema=event.dataschema(),
            sequence=1,
            region="FRH0",
            correlationid="bench",
        )
        made.append(encode(event, envelope))
    return made


async def fill(url: str, found: Sequence[Message]) -> None:
    connection = await asyncpg.connect(url)
    await connection.copy_records_to_table(
        "outbox",
        records=[
            (
                each.topic,
                each.key.decode(),
                each.value,
                json.dumps({name: value.decode() for name, value in each.headers}),
            )
            for each in found
        ],
        columns=("topic", "key", "value", "headers"),
    )
    await connection.close()


async def until(holds: Callable[[], Awaitable[bool]]) -> float:
    began = time.perf_counter()
    while not await holds():  # noqa: ASYNC110  (another connection moves)
        await asyncio.sleep(0.01)
    return time.perf_counter() - began


async def relay_rate(database: Database, bootstrap: str, found: Sequence[Message]) -> float:
    """Rows a second, from a backlog in the outbox to acknowledged by Kafka."""
    await fill(database.url, found)

    async def sent() -> bool:
        async with database.reading() as session:
            return (await outbox_backlog(session)).rows == 0

    relay = asyncio.create_task(Relay(database, bootstrap, Telemetry("bench")).run())
    seconds = await until(sent)
    relay.cancel()
    await asyncio.gather(relay, return_exceptions=True)
    return len(found) / seconds


async def send_rate(bootstrap: str, found: Sequence[Message]) -> float:
    """Records a second of a plain `send()` loop, which reads no database."""
    producer = AIOKafkaProducer(
        bootstrap_servers=bootstrap, acks="all", enable_idempotence=True, linger_ms=5
    )
    await producer.start()
    began = time.perf_counter()
    pending = [
        await producer.send(each.topic, each.value, each.key, headers=list(each.headers))
        for each in found
    ]
    await asyncio.gather(*pending)
    seconds = time.perf_counter() - began
    await producer.stop()
    return len(found) / seconds


async def consumer_rate(url: str, bootstrap: str, replica: str, end: int) -> float:
    """Events a second into the real projection, offsets and all, from the beginning of the log."""
    database = Database(url)
    outbox, telemetry = Outbox("metrics"), Telemetry("bench")
    consumers = build_consumers(outbox, SystemClock())
    consumers.handlers = {TOPIC: consumers.handlers[TOPIC]}
    connection = await asyncpg.connect(url)
    await connection.execute("truncate organisations, consumer_offsets")

    async def begun() -> bool:
        return bool(
            await connection.fetchval("select 1 from consumer_offsets where next_offset > 0")
        )

    async def read() -> bool:
        found = await connection.fetchval("select sum(next_offset) from consumer_offsets")
        return int(found or 0) >= end

    listening = Listening(consumers, database, outbox, bootstrap, replica, telemetry)
    task = asyncio.create_task(listening.run())
    await until(begun)
    already = int(await connection.fetchval("select sum(next_offset) from consumer_offsets"))
    seconds = await until(read)
    task.cancel()
    await asyncio.gather(task, return_exceptions=True)
    await connection.close()
    await database.close()
    return (end - already) / seconds


async def raw_rate(bootstrap: str, end: int) -> float:
    """Records a second read and decoded, nothing more."""
    consumer = AIOKafkaConsumer(bootstrap_servers=bootstrap)
    await consumer.start()
    places = [TopicPartition(TOPIC, number) for number in range(4)]
    consumer.assign(places)
    for place in places:
        consumer.seek(place, 0)
    began, read = time.perf_counter(), 0
    while read < end:
        for records in (await consumer.getmany(timeout_ms=500, max_records=2000)).values():
            for record in records:
                decode(record.headers, record.key, record.value)
            read += len(records)
    seconds = time.perf_counter() - began
    await consumer.stop()
    return end / seconds


async def inbox_rate(url: str, bootstrap: str) -> float:
    """Events a second in the textbook's way: one transaction and one inbox row for each."""
    connection = await asyncpg.connect(url)
    await connection.execute("drop table if exists inbox")
    await connection.execute("create table inbox (id text primary key)")
    await connection.execute("truncate organisations")
    consumer = AIOKafkaConsumer(bootstrap_servers=bootstrap)
    await consumer.start()
    place = TopicPartition(TOPIC, 0)
    consumer.assign([place])
    consumer.seek(place, 0)
    began, handled = time.perf_counter(), 0
    while handled < INBOX_EVENTS:
        for record in (await consumer.getmany(timeout_ms=500, max_records=500)).get(place, ()):
            received = decode(record.headers, record.key, record.value)
            assert received.envelope is not None
            assert isinstance(received.event, OrganisationImported)
            state = received.event.organisation
            async with connection.transaction():
                await connection.execute(
                    "insert into inbox values ($1) on conflict do nothing", received.envelope.id
                )
                await connection.execute(
                    """
                    insert into organisations
                        (id, version, region, kind, status, open, levels, codes, pupils)
                    values ($1, $2, $3, $4, $5, $6, $7, $8, $9)
                    on conflict (id) do update set version = excluded.version
                    """,
                    *(state.id, state.version, state.region, str(state.kind), str(state.status)),
                    *(state.open, [str(x) for x in state.levels], [], state.pupils),
                )
            handled += 1
    seconds = time.perf_counter() - began
    await consumer.stop()
    await connection.close()
    return handled / seconds


async def measure(arms: dict[str, Arm], ratios: dict[str, tuple[str, str]]) -> list[dict[str, Any]]:
    """Every arm once in each round, in alternating order; `ratios` name two arms each."""
    rates: dict[str, list[float]] = {name: [] for name in arms}
    for number in range(ROUNDS):
        order = list(arms) if number % 2 == 0 else list(reversed(arms))
        for name in order:
            rates[name].append(await arms[name]())
        console.print(f"{', '.join(arms)}: round {number + 1} of {ROUNDS}")
    rows = []
    for title, (one, other) in ratios.items():
        found = [a / b for a, b in zip(rates[one], rates[other], strict=True)]
        rows.append(
            {
                "ratio": title,
                "median": round(statistics.median(found), 3),
                "spread": [round(min(found), 3), round(max(found), 3)],
                "ours_per_second": round(statistics.median(rates[one])),
                "theirs_per_second": round(statistics.median(rates[other])),
            }
        )
    return rows


async def run(postgres: str, bootstrap: str) -> list[dict[str, Any]]:
    admin = await asyncpg.connect(postgres)
    await admin.execute("create database bench")
    await admin.close()
    url = postgres.rsplit("/", 1)[0] + "/bench"
    await migrate(url, MIGRATIONS)
    await ensure_topics(bootstrap)
    console.print(f"making {EVENTS} events")
    found = messages(EVENTS)
    database = Database(url)
    rows = await measure(
        {
            "relay": lambda: relay_rate(database, bootstrap, found),
            "send": lambda: send_rate(bootstrap, found),
        },
        {"relay ÷ aiokafka send() loop": ("relay", "send")},
    )
    end, replica = 2 * ROUNDS * EVENTS, iter(range(ROUNDS))
    rows += await measure(
        {
            "consumer": lambda: consumer_rate(url, bootstrap, f"r{next(replica)}", end),
            "raw": lambda: raw_rate(bootstrap, end),
            "inbox": lambda: inbox_rate(url, bootstrap),
        },
        {
            "consumer into a projection ÷ raw read and decode": ("consumer", "raw"),
            "consumer ÷ a transaction and an inbox row per event": ("consumer", "inbox"),
        },
    )
    await database.close()
    return rows


def main() -> None:
    with (
        tempfile.TemporaryDirectory(prefix="triskel-bench-") as home,
        open_postgres(Path(home) / "postgres") as postgres,
        open_kafka("bench", Path(home) / "kafka") as kafka,
    ):
        rows = asyncio.run(run(postgres.url, kafka.bootstrap))
    RESULT.parent.mkdir(exist_ok=True)
    machine = {"cpus": os.cpu_count(), "python": platform.python_version(), "events": EVENTS}
    RESULT.write_text(json.dumps({"machine": machine, "ratios": rows}, indent=1), encoding="utf-8")
    table = Table("ratio", "median", "spread", "ours /s", "theirs /s", title=str(machine))
    for row in rows:
        low, high = row["spread"]
        rates = (f"{row['ours_per_second']:,}", f"{row['theirs_per_second']:,}")
        table.add_row(row["ratio"], f"{row['median']}", f"{low} to {high}", *rates)
    Console().print(table)


if __name__ == "__main__":
    main()
