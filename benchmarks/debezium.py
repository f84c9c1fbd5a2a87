"""The relay against Debezium's outbox event router: the same rows, both running and warm."""

import asyncio
from collections.abc import AsyncIterator, Awaitable, Callable, Sequence
from contextlib import asynccontextmanager
from pathlib import Path
from tempfile import TemporaryDirectory
from urllib.parse import urlsplit

import asyncpg

from benchmarks.measuring import (
    Ends,
    Place,
    Ratio,
    alternate,
    console,
    cpu_seconds,
    fill,
    organisations,
)
from benchmarks.process import relay_process
from triskel.contracts import Message
from triskel.sandbox.children import Child, free_port
from triskel.sandbox.jars import class_path, java

BACKLOG = 200_000
Fill = Callable[[str, Sequence[Message]], Awaitable[None]]
LOCK = Path(__file__).with_name("debezium-jars.lock")
NAME = "debezium-3.5.0"
# a column for each attribute, which the router makes a header
HEADERS = (
    *("ce_id", "ce_source", "ce_type", "ce_specversion", "ce_time", "ce_subject"),
    *("ce_dataschema", "ce_partitionkey", "ce_sequence", "ce_region", "ce_correlationid"),
)
_TABLE = f"""
    create table router_outbox (
        id bigint generated always as identity primary key,
        topic text not null, key text not null, value bytea not null,
        {", ".join(f"{name} text not null" for name in HEADERS)}
    )
"""
_WORKER = """
bootstrap.servers={bootstrap}
key.converter=org.apache.kafka.connect.storage.StringConverter
value.converter=org.apache.kafka.connect.converters.ByteArrayConverter
header.converter=org.apache.kafka.connect.storage.StringConverter
offset.storage.file.filename={home}/offsets
offset.flush.interval.ms=1000
plugin.discovery=only_scan
listeners=http://127.0.0.1:{port}
producer.acks=all
producer.linger.ms=0
"""
_CONNECTOR = """
name=outbox
connector.class=io.debezium.connector.postgresql.PostgresConnector
database.hostname=127.0.0.1
database.port={port}
database.user={user}
database.password={password}
database.dbname={database}
topic.prefix=bench
table.include.list=public.router_outbox
plugin.name=pgoutput
slot.name=debezium_{database}
publication.autocreate.mode=filtered
snapshot.mode=no_data
tombstones.on.delete=false
poll.interval.ms=5
max.batch.size=8192
max.queue.size=32768
transforms=outbox
transforms.outbox.type=io.debezium.transforms.outbox.EventRouter
transforms.outbox.table.field.event.id=id
transforms.outbox.table.field.event.key=key
transforms.outbox.table.field.event.payload=value
transforms.outbox.route.by.field=topic
transforms.outbox.route.topic.replacement=${{routedByValue}}
transforms.outbox.table.fields.additional.placement={placement}
"""


def _files(place: Place, home: Path) -> list[str]:
    worker, connector = home / "worker.properties", home / "connector.properties"
    worker.write_text(_WORKER.format(bootstrap=place.bootstrap, home=home, port=free_port()))
    server = urlsplit(place.url)
    connector.write_text(
        _CONNECTOR.format(
            port=server.port,
            user=server.username,
            password=server.password,
            database=server.path.strip("/"),
            placement=",".join(f"{name}:header:{name}" for name in HEADERS),
        )
    )
    return [str(worker), str(connector)]


@asynccontextmanager
async def running_debezium(place: Place) -> AsyncIterator[Child]:
    """Kafka Connect with the outbox connector, until its slot is active."""
    jars = class_path(NAME, LOCK, console.print)
    connection = await asyncpg.connect(place.url)
    await connection.execute(_TABLE)
    with TemporaryDirectory(prefix="triskel-debezium-") as name:
        home = Path(name)
        heap = ["-Xms256m", "-Xmx512m", "-Dorg.slf4j.simpleLogger.defaultLogLevel=warn"]
        if place.tiny:
            heap += ["-XX:TieredStopAtLevel=1", "-XX:+UseSerialGC"]  # a start, and no speed
        main = "org.apache.kafka.connect.cli.ConnectStandalone"
        command = [java(), *heap, "-cp", jars, main, *_files(place, home)]
        child = Child("debezium", command, home)
        try:
            child.start()
            while not await connection.fetchval(
                "select exists (select from pg_replication_slots where active)"
            ):
                if not child.alive():
                    raise RuntimeError(f"Debezium did not start: {child.last_words()}")
                await asyncio.sleep(0.2)
            yield child
        finally:
            child.stop()
            await connection.close()


def router_row(message: Message) -> tuple[str, str, bytes, *tuple[str, ...]]:
    headers = {name: value.decode() for name, value in message.headers}
    assert message.value is not None
    attributes = (headers[name] for name in HEADERS)
    return message.topic, message.key.decode(), message.value, *attributes


async def fill_router(url: str, found: Sequence[Message]) -> None:
    connection = await asyncpg.connect(url)
    columns = ("topic", "key", "value", *HEADERS)
    records = [router_row(each) for each in found]
    await connection.copy_records_to_table("router_outbox", records=records, columns=columns)
    await connection.close()


async def measure(place: Place) -> list[Ratio]:
    backlog = place.size(BACKLOG, 2_000)
    found = organisations(backlog)
    used: dict[str, list[float]] = {"ours": [], "theirs": []}
    async with (
        running_debezium(place) as router,
        relay_process(place) as relay,
        Ends(place.bootstrap) as ends,
    ):

        async def drained(name: str, child: Child, fill_: Fill) -> float:
            already, before = await ends.total(), cpu_seconds(child.pid)
            await fill_(place.url, found)
            rate = backlog / await ends.reach(already + backlog)
            used[name].append(cpu_seconds(child.pid) - before)
            return rate

        rates = await alternate(
            {
                "ours": lambda: drained("ours", relay, fill),
                "theirs": lambda: drained("theirs", router, fill_router),
            },
            place,
        )
    cpu = {name: tuple(values[-place.rounds :]) for name, values in used.items()}
    return [
        Ratio("relay ÷ Debezium", *(1.5, 2.5), rates["ours"], rates["theirs"], "rows/s"),
        Ratio("CPU of relay ÷ Debezium", 1, 0.5, cpu["ours"], cpu["theirs"], "s", at_most=True),
    ]
