"""What goes wrong, each as one coroutine that ends when the thing is as it was before."""

import asyncio
import contextlib
import os
import random
import signal
from collections import Counter
from collections.abc import Awaitable, Callable, Sequence
from dataclasses import dataclass
from datetime import timedelta
from pathlib import Path
from typing import Any

import asyncpg
import httpx
from aiokafka import AIOKafkaConsumer, AIOKafkaProducer, TopicPartition

from faults.proxy import Proxy
from triskel.cli.town import Town
from triskel.sandbox import KafkaBroker, PostgresServer
from triskel.sandbox.children import Child

# longer than a reader's session time-out of 10 s: its partitions go to the other replica
ZOMBIE_SECONDS = 13.0
POISONED = "activities.activities"


@dataclass
class World:
    town: Town
    kafka: KafkaBroker
    postgres: PostgresServer
    networks: Sequence[Proxy]
    disks: Sequence[Path]
    clock: Any
    poison: int = 0

    def any_service(self, rng: random.Random) -> Child:
        return self.town.children[rng.choice(sorted(self.town.children))]

    async def smtp(self, mode: str, seconds: float = 0) -> None:
        body = {"mode": mode, "seconds": seconds}
        async with httpx.AsyncClient() as client:
            await client.put(f"{self.town.infrastructure.mail_url}/api/behaviour", json=body)


Fault = Callable[[World, random.Random], Awaitable[None]]


async def _pause(rng: random.Random, low: float, high: float) -> None:
    await asyncio.sleep(rng.uniform(low, high))


async def _start_again(child: Child, rng: random.Random) -> None:
    await _pause(rng, 0.1, 1.5)
    await asyncio.to_thread(child.start)
    await asyncio.sleep(3)


async def kill_a_service(world: World, rng: random.Random) -> None:
    child = world.any_service(rng)
    await asyncio.to_thread(child.kill)
    await _start_again(child, rng)


async def kill_the_broker(world: World, rng: random.Random) -> None:
    await asyncio.to_thread(world.kafka.kill)
    await _pause(rng, 0.5, 3)
    await asyncio.to_thread(world.kafka.restart)


async def kill_the_database(world: World, rng: random.Random) -> None:
    await asyncio.to_thread(world.postgres.kill)
    await _pause(rng, 0.2, 2)
    await asyncio.to_thread(world.postgres.restart)


async def drain_a_service(world: World, rng: random.Random) -> None:
    """As at a roll-out: its readers leave their groups and come back."""
    child = world.any_service(rng)
    await asyncio.to_thread(child.stop)
    await _start_again(child, rng)


async def elect_leaders_anew(world: World, rng: random.Random) -> None:
    """The broker goes in good order and comes back: every partition has its leader elected."""
    await asyncio.to_thread(world.kafka.child.stop)
    await _pause(rng, 0.5, 2)
    await asyncio.to_thread(world.kafka.restart)


async def cut_the_network(world: World, rng: random.Random) -> None:
    network = rng.choice(world.networks)
    network.cut()
    await _pause(rng, 0.5, 3)
    network.heal()


async def slow_the_network(world: World, rng: random.Random) -> None:
    network = rng.choice(world.networks)
    network.delay(rng.uniform(0.05, 0.3))
    await _pause(rng, 2, 5)
    network.heal()


async def swallow_answers(world: World, rng: random.Random) -> None:
    """Commits and sends happen, and nobody hears that they did."""
    network = rng.choice(world.networks)
    network.swallow()
    await _pause(rng, 1, 5)
    network.heal()


async def fill_a_disk(world: World, rng: random.Random) -> None:
    """Of PostgreSQL or of Kafka; who dies of it is started again when there is room."""
    disk = rng.choice(world.disks)
    ballast = disk / "ballast"
    await asyncio.to_thread(_fill, ballast)
    await _pause(rng, 1, 3)
    ballast.unlink()
    await asyncio.sleep(2)
    for server in (world.postgres, world.kafka):
        if not server.child.alive():
            await asyncio.to_thread(server.restart)


def _fill(ballast: Path) -> None:
    with ballast.open("wb", buffering=0) as file, contextlib.suppress(OSError):
        while file.write(bytes(2**20)):
            pass


async def make_a_zombie(world: World, rng: random.Random) -> None:
    """A relay and readers that sleep past their session and wake up with their old beliefs."""
    pid = world.any_service(rng).pid
    os.kill(pid, signal.SIGSTOP)
    try:
        await asyncio.sleep(ZOMBIE_SECONDS)
    finally:
        os.kill(pid, signal.SIGCONT)


async def hold_a_foreign_transaction(world: World, rng: random.Random) -> None:
    connection = await asyncpg.connect(world.postgres.url)
    transaction = connection.transaction()
    await transaction.start()
    await connection.fetchval("select pg_current_xact_id()")
    await _pause(rng, 3, 8)
    await transaction.rollback()
    await connection.close()


async def refuse_mails(world: World, rng: random.Random) -> None:
    await world.smtp(rng.choice(("refuse-temporary", "slow")), 2)
    await _pause(rng, 2, 5)
    await world.smtp("accept")


async def step_the_clock(world: World, rng: random.Random) -> None:
    world.town.set_clock(world.clock + timedelta(hours=rng.choice((-1, 1))))
    await _pause(rng, 1, 3)
    world.town.set_clock(world.clock)


async def _producer(world: World) -> AIOKafkaProducer:
    producer = AIOKafkaProducer(bootstrap_servers=world.kafka.bootstrap, max_request_size=2**20)
    await producer.start()
    return producer


async def _send_to_readers(world: World, value: bytes, event_type: str) -> None:
    headers = [("ce_specversion", b"1.0"), ("ce_type", event_type.encode())]
    producer = await _producer(world)
    await producer.send_and_wait(POISONED, value, b"poison", headers=headers)
    await producer.stop()


async def send_poison(world: World, rng: random.Random) -> None:
    """Truncated, wrong and nameless records: a dead letter each, for each of three readers."""
    value = rng.choice((b"{", b'{"activity": {}}', b"\xff\xfe", b"x" * 200_000))
    await _send_to_readers(world, value, "triskel.activities.activity-closed.v1")
    world.poison += 1


async def send_a_giant(world: World, rng: random.Random) -> None:
    """As large as the broker takes: a dead letter whose copy would not fit into a record."""
    value = b"x" * rng.randint(1_000_000, 1_040_000)
    await _send_to_readers(world, value, "triskel.activities.activity-closed.v1")
    world.poison += 1


async def send_from_the_future(world: World, rng: random.Random) -> None:
    """A type that this version does not know is counted and skipped, and no dead letter."""
    kind = f"triskel.activities.activity-dreamt-of.v{rng.randint(2, 9)}"
    await _send_to_readers(world, b"{}", kind)


async def replay_old_records(world: World, rng: random.Random) -> None:
    """Copies of an older part of the log, shuffled: duplicates and reordering in one."""
    topic = rng.choice(("registry.organisations", "activities.activities", "registry.partnerships"))
    consumer = AIOKafkaConsumer(bootstrap_servers=world.kafka.bootstrap)
    await consumer.start()
    place = TopicPartition(topic, rng.randrange(4))
    consumer.assign([place])
    end = (await consumer.end_offsets([place]))[place]
    consumer.seek(place, 0)
    records: list[Any] = []
    while len(records) < min(end, 300):
        records += next(iter((await consumer.getmany(timeout_ms=1000)).values()), [])
    await consumer.stop()
    good = [r for r in records if r.key != b"poison"]
    rng.shuffle(good)
    producer = await _producer(world)
    for record in good:
        headers = list(record.headers)
        await producer.send(topic, record.value, record.key, place.partition, headers=headers)
    await producer.flush()
    await producer.stop()


FAULTS: dict[str, tuple[float, Fault]] = {
    # weight and deed
    "service killed": (6, kill_a_service),
    "service drained": (2, drain_a_service),
    "broker killed": (2, kill_the_broker),
    "leaders elected": (1, elect_leaders_anew),
    "database killed": (2, kill_the_database),
    "disk full": (1, fill_a_disk),
    "network cut": (2, cut_the_network),
    "network slow": (1, slow_the_network),
    "answers swallowed": (2, swallow_answers),
    "zombie": (2, make_a_zombie),
    "foreign transaction": (2, hold_a_foreign_transaction),
    "mails refused": (2, refuse_mails),
    "clock stepped": (1, step_the_clock),
    "poison": (2, send_poison),
    "giant": (1, send_a_giant),
    "unknown type": (1, send_from_the_future),
    "old records replayed": (2, replay_old_records),
}
NEEDS_A_DISK = "disk full"


async def inject(
    world: World, rng: random.Random, until: float, say: Callable[[str], None]
) -> Counter[str]:
    """Faults one after the other at random moments: each kind once, then as there is time."""
    done: Counter[str] = Counter()
    names = [name for name in FAULTS if world.disks or name != NEEDS_A_DISK]
    weights = [FAULTS[name][0] for name in names]
    loop = asyncio.get_running_loop()
    order = rng.sample(names, len(names))
    while order or loop.time() < until:
        name = order.pop() if order else rng.choices(names, weights)[0]
        say(name)
        await FAULTS[name][1](world, rng)
        done[name] += 1
        await _pause(rng, 0.2, 1.5)
    return done
