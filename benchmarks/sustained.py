"""Writers and the relay together: what it costs them, and whether it tires."""

import asyncio
import time
from contextlib import AsyncExitStack
from pathlib import Path
from tempfile import TemporaryDirectory

import asyncpg

from benchmarks.measuring import Ends, Place, Ratio, alternate, console, organisations, outbox_row
from benchmarks.process import relay_process
from triskel.sandbox.postgres import program

CLIENTS = 4
SECONDS = 8
MINUTES = 10
# an aggregate changes and says so: what each command of a service does
_COMMAND = """
\\set id random(1, 100000)
begin;
update bench_aggregates set version = version + 1 where id = :id;
insert into outbox (topic, key, value, headers)
    select topic, :id::text, value, headers from bench_message;
commit;
"""
# many small transactions would measure the disk's flush; twenty rows each push the relay
_ROWS = """
insert into outbox (topic, key, value, headers)
    select topic, number::text, value, headers from bench_message, generate_series(1, 20) as number;
"""


async def _prepare(url: str) -> None:
    connection = await asyncpg.connect(url)
    await connection.execute(
        """
        create table bench_aggregates (id int primary key, version int not null);
        insert into bench_aggregates select number, 1 from generate_series(1, 100000) as number;
        create table bench_message (topic text, value bytea, headers jsonb)
        """
    )
    topic, _, value, headers = outbox_row(organisations(1)[0])
    await connection.execute("insert into bench_message values ($1, $2, $3)", topic, value, headers)
    await connection.close()


async def pgbench(url: str, script: str, seconds: int, clients: int = CLIENTS) -> float:
    """Transactions a second."""
    with TemporaryDirectory() as home:
        file = Path(home) / "script.sql"
        file.write_text(script, encoding="utf-8")
        process = await asyncio.create_subprocess_exec(
            *(program("pgbench"), "-n", "-M", "prepared", "-c", str(clients), "-T", str(seconds)),
            *("-f", str(file), url),
            stdout=asyncio.subprocess.PIPE,
            stderr=asyncio.subprocess.STDOUT,
        )
        said, _ = await process.communicate()
    if process.returncode:
        raise RuntimeError(said.decode())
    return float(said.decode().partition("tps = ")[2].split()[0])


async def write_rates(place: Place, *, relayed: bool) -> float:
    async with AsyncExitStack() as stack:
        if relayed:
            await stack.enter_async_context(relay_process(place))
        return await pgbench(place.url, _COMMAND, SECONDS)


async def relay_by_minute(place: Place) -> list[float]:
    """Rows a second that reach Kafka in each minute, while somebody holds an old snapshot."""
    holder = await asyncpg.connect(place.url)
    old = holder.transaction(isolation="repeatable_read")
    await old.start()
    await holder.fetchval("select count(*) from bench_aggregates")
    rates: list[float] = []
    async with relay_process(place), Ends(place.bootstrap) as ends:
        writing = asyncio.create_task(pgbench(place.url, _ROWS, MINUTES * 60 + 5, clients=2))
        before, at = await ends.total(), time.perf_counter()
        for minute in range(1, MINUTES + 1):
            await asyncio.sleep(60)
            total, now = await ends.total(), time.perf_counter()
            rates.append((total - before) / (now - at))
            before, at = total, now
            console.print(f"  sustained: minute {minute} of {MINUTES}, {rates[-1]:,.0f} rows/s")
        await writing
    await old.rollback()
    await holder.close()
    return rates


async def measure(place: Place) -> list[Ratio]:
    await _prepare(place.url)
    rates = await alternate(
        {
            "with": lambda: write_rates(place, relayed=True),
            "without": lambda: write_rates(place, relayed=False),
        },
        place.rounds,
    )
    minutes = await relay_by_minute(place)
    return [
        Ratio(
            *("write throughput, relay running ÷ stopped", 0.9, 0.98),
            *(rates["with"], rates["without"], "commits/s"),
        ),
        Ratio(
            *("relay in minute 10 ÷ minute 1, an old snapshot held", 0.9, 0.98),
            *((minutes[-1],), (minutes[0],), "rows/s"),
        ),
    ]
