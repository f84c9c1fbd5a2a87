"""What all measurements share: events, alternating arms, a result that shows its spread."""

import asyncio
import json
import os
import statistics
import time
from collections.abc import AsyncIterator, Awaitable, Callable, Coroutine, Mapping, Sequence
from contextlib import asynccontextmanager
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path
from typing import Any
from uuid import UUID, uuid4

import asyncpg
from aiokafka import AIOKafkaConsumer, TopicPartition
from rich.console import Console

from triskel.chassis.migrations import migrate
from triskel.contracts import Envelope, Message, encode
from triskel.contracts.registry import Organisation, OrganisationImported

TOPIC = "registry.organisations"
PARTITIONS = 4
console = Console(stderr=True, highlight=False)
Arm = Callable[[], Awaitable[float]]


@dataclass(frozen=True)
class Place:
    """The servers of a run. `url` is a database with the bus's tables and metrics' own. `tiny` is a
    run that only shows that every group still measures: its figures mean nothing."""

    url: str
    bootstrap: str
    rounds: int
    tiny: bool = False

    def size(self, whole: int, tiny: int) -> int:
        """How many rows, events or seconds: enough to measure, or as few as show that it works."""
        return tiny if self.tiny else whole

    async def database(self, name: str, migrations: Path) -> str:
        """The URL of another database on the same server, with these tables."""
        connection = await asyncpg.connect(self.url)
        # a database of each group, on one server in a tiny run
        name = f"{self.url.rpartition('/')[2]}_{name}"
        await connection.execute(f"create database {name}")
        await connection.close()
        url = f"{self.url.rpartition('/')[0]}/{name}"
        await migrate(url, migrations)
        return url


@dataclass(frozen=True)
class Ratio:
    """One line of the table. `floor` is the worst that the network accepts, `goal` what it wants;
    with `at_most` less is better."""

    name: str
    floor: float
    goal: float
    ours: tuple[float, ...]
    theirs: tuple[float, ...]
    unit: str
    at_most: bool = False

    @property
    def rounds(self) -> list[float]:
        return [one / other for one, other in zip(self.ours, self.theirs, strict=True)]

    @property
    def median(self) -> float:
        return statistics.median(self.rounds)

    def reaches(self, wanted: float) -> bool:
        return self.median <= wanted if self.at_most else self.median >= wanted


def organisations(number: int) -> list[Message]:
    """Events as the import of a directory says them, about 450 bytes and eleven headers each."""
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


def outbox_row(message: Message) -> tuple[str, str, bytes | None, str]:
    headers = {name: value.decode() for name, value in message.headers}
    return message.topic, message.key.decode(), message.value, json.dumps(headers)


async def fill(url: str, found: Sequence[Message]) -> None:
    """Into our outbox, in one transaction."""
    connection = await asyncpg.connect(url)
    await connection.copy_records_to_table(
        "outbox",
        records=[outbox_row(each) for each in found],
        columns=("topic", "key", "value", "headers"),
    )
    await connection.close()


async def until(holds: Callable[[], Awaitable[bool]], every: float = 0.01) -> float:
    """Seconds until it holds."""
    began = time.perf_counter()
    while not await holds():  # noqa: ASYNC110  (another process moves)
        await asyncio.sleep(every)
    return time.perf_counter() - began


@asynccontextmanager
async def beside(work: Coroutine[Any, Any, None]) -> AsyncIterator[None]:
    """What runs for ever runs until the end of the block."""
    task = asyncio.create_task(work)
    try:
        yield
    finally:
        task.cancel()
        await asyncio.gather(task, return_exceptions=True)


class Ends:
    """How many records a topic has, without reading them."""

    def __init__(self, bootstrap: str, topic: str = TOPIC) -> None:
        self._consumer = AIOKafkaConsumer(bootstrap_servers=bootstrap)
        self._places = [TopicPartition(topic, number) for number in range(PARTITIONS)]

    async def __aenter__(self) -> "Ends":
        await self._consumer.start()
        self._consumer.assign(self._places)
        return self

    async def __aexit__(self, *_: object) -> None:
        await self._consumer.stop()

    async def total(self) -> int:
        return sum((await self._consumer.end_offsets(self._places)).values())

    async def reach(self, total: int) -> float:
        """Seconds until the topic has so many."""

        async def there() -> bool:
            return await self.total() >= total

        return await until(there, 0.02)


def cpu_seconds(pid: int) -> float:
    """What a process has used, user and system."""
    after = Path(f"/proc/{pid}/stat").read_text(encoding="ascii").rpartition(")")[2].split()
    return (int(after[11]) + int(after[12])) / os.sysconf("SC_CLK_TCK")


def p99(seconds: Sequence[float]) -> float:
    return statistics.quantiles(seconds, n=100)[98]


async def alternate(arms: Mapping[str, Arm], place: Place) -> dict[str, tuple[float, ...]]:
    """Every arm once in each round, forwards and backwards in turn, after one round that warms
    up and does not count; a tiny run has none."""
    found: dict[str, list[float]] = {name: [] for name in arms}
    rounds = place.rounds
    for number in range(1 if place.tiny else 0, rounds + 1):
        order = list(arms) if number % 2 == 0 else [*arms][::-1]
        for name in order:
            value = await arms[name]()
            if number:
                found[name].append(value)
        console.print(f"  {', '.join(arms)}: round {number} of {rounds}")
    return {name: tuple(values) for name, values in found.items()}
