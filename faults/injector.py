"""What goes wrong, each as one coroutine that ends when the thing is as it was before."""

import asyncio
import contextlib
import os
import random
import signal
from collections import Counter
from collections.abc import Callable
from datetime import timedelta
from pathlib import Path

import asyncpg

from faults import records
from faults.world import Fault, World, pause
from triskel.sandbox.children import Child

# longer than a reader's session time-out of 10 s: its partitions go to the other replica
ZOMBIE_SECONDS = 13.0


async def _start_again(child: Child, rng: random.Random) -> None:
    await pause(rng, 0.1, 1.5)
    await asyncio.to_thread(child.start)
    await asyncio.sleep(3)


async def kill_a_service(world: World, rng: random.Random) -> None:
    child = world.any_service(rng)
    await asyncio.to_thread(child.kill)
    await _start_again(child, rng)


async def kill_the_broker(world: World, rng: random.Random) -> None:
    await asyncio.to_thread(world.kafka.kill)
    await pause(rng, 0.5, 3)
    await asyncio.to_thread(world.kafka.restart)


async def kill_the_database(world: World, rng: random.Random) -> None:
    await asyncio.to_thread(world.postgres.kill)
    await pause(rng, 0.2, 2)
    await asyncio.to_thread(world.postgres.restart)


async def drain_a_service(world: World, rng: random.Random) -> None:
    """As at a roll-out: its readers leave their groups and come back."""
    child = world.any_service(rng)
    await asyncio.to_thread(child.stop)
    await _start_again(child, rng)


async def elect_leaders_anew(world: World, rng: random.Random) -> None:
    """The broker goes in good order and comes back: every partition has its leader elected."""
    await asyncio.to_thread(world.kafka.child.stop)
    await pause(rng, 0.5, 2)
    await asyncio.to_thread(world.kafka.restart)


async def cut_the_network(world: World, rng: random.Random) -> None:
    network = rng.choice(world.networks)
    network.cut()
    await pause(rng, 0.5, 3)
    network.heal()


async def slow_the_network(world: World, rng: random.Random) -> None:
    network = rng.choice(world.networks)
    network.delay(rng.uniform(0.05, 0.3))
    await pause(rng, 2, 5)
    network.heal()


async def swallow_answers(world: World, rng: random.Random) -> None:
    """Commits and sends happen, and nobody hears that they did."""
    network = rng.choice(world.networks)
    network.swallow()
    await pause(rng, 1, 5)
    network.heal()


async def fill_a_disk(world: World, rng: random.Random) -> None:
    """Of PostgreSQL or of Kafka; who dies of it is started again when there is room."""
    disk = rng.choice(world.disks)
    ballast = disk / "ballast"
    await asyncio.to_thread(_fill, ballast)
    await pause(rng, 1, 3)
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
    await pause(rng, 3, 8)
    await transaction.rollback()
    await connection.close()


async def refuse_mails(world: World, rng: random.Random) -> None:
    await world.smtp(rng.choice(("refuse-temporary", "slow")), 2)
    await pause(rng, 2, 5)
    await world.smtp("accept")


async def step_the_clock(world: World, rng: random.Random) -> None:
    world.stack.set_clock(world.clock + timedelta(hours=rng.choice((-1, 1))))
    await pause(rng, 1, 3)
    world.stack.set_clock(world.clock)


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
    "poison": (2, records.send_poison),
    "giant": (1, records.send_a_giant),
    "unknown type": (1, records.send_from_the_future),
    "random bytes": (2, records.send_random_bytes),
    "null headers": (2, records.send_null_headers),
    "bad partition": (1, records.spoil_a_partition),
    "topic made anew": (1, records.make_a_topic_anew),
    "old records replayed": (2, records.replay_old_records),
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
        await pause(rng, 0.1, 0.7)
    return done
