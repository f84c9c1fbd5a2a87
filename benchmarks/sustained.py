"""Writers and the relay together: what it costs them, and whether it tires."""

import asyncio
import os
import time
from contextlib import AsyncExitStack
from pathlib import Path
from tempfile import TemporaryDirectory

import asyncpg

from benchmarks.measuring import (
    Ends,
    Place,
    Ratio,
    alternate,
    console,
    fill,
    organisations,
    outbox_row,
)
from benchmarks.process import relay_process
from triskel.sandbox.postgres import connection_environment, program

CLIENTS = 4
SECONDS = 8
MINUTES = 10
COMMANDS_A_SECOND = 500
BURST = 100_000
# an aggregate changes and says so: what each command of a service does
_COMMAND = """
\\set id random(1, 100000)
begin;
update bench_aggregates set version = version + 1 where id = :id;
insert into outbox (topic, key, value, headers)
    select topic, :id::text, value, headers from bench_message;
commit;
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


async def pgbench(url: str, script: str, seconds: int, *more: str) -> float:
    """Transactions a second."""
    with TemporaryDirectory() as home:
        file = Path(home) / "script.sql"
        file.write_text(script, encoding="utf-8")
        process = await asyncio.create_subprocess_exec(
            *(program("pgbench"), "-n", "-M", "prepared", "-c", str(CLIENTS), "-T", str(seconds)),
            *("-f", str(file), *more),
            # the address holds a password
            env=os.environ | connection_environment(url),
            stdout=asyncio.subprocess.PIPE,
            stderr=asyncio.subprocess.STDOUT,
        )
        try:
            said, _ = await process.communicate()
        except asyncio.CancelledError:
            process.kill()
            await process.wait()
            raise
    if process.returncode:
        raise RuntimeError(said.decode())
    return float(said.decode().partition("tps = ")[2].split()[0])


async def write_rates(place: Place, *, relayed: bool) -> float:
    async with AsyncExitStack() as stack:
        if relayed:
            await stack.enter_async_context(relay_process(place))
        return await pgbench(place.url, _COMMAND, place.size(SECONDS, 1))


async def relay_early_and_late(place: Place) -> tuple[tuple[float, ...], tuple[float, ...]]:
    """Rows a second of bursts in the first minute of steady writing and in the last, while somebody
    holds a snapshot from before."""
    holder = await asyncpg.connect(place.url)
    old = holder.transaction(isolation="repeatable_read")
    await old.start()
    await holder.fetchval("select count(*) from bench_aggregates")
    burst, minutes = organisations(place.size(BURST, 1_000)), place.size(MINUTES, 2)
    async with relay_process(place), Ends(place.bootstrap) as ends:
        writing = asyncio.create_task(
            pgbench(place.url, _COMMAND, minutes * 60, "-R", str(COMMANDS_A_SECOND))
        )

        async def bursts() -> tuple[float, ...]:
            rates = []
            for _ in range(place.rounds):
                await asyncio.sleep(place.size(3, 0))
                already, began = await ends.total(), time.perf_counter()
                await fill(place.url, burst)
                await ends.reach(already + len(burst))
                rates.append(len(burst) / (time.perf_counter() - began))
            console.print(f"  sustained: {', '.join(f'{rate:,.0f}' for rate in rates)} rows/s")
            return tuple(rates)

        early = await bursts()
        await asyncio.sleep((minutes - 2) * 60)
        late = await bursts()
        writing.cancel()
        await asyncio.gather(writing, return_exceptions=True)
    await old.rollback()
    await holder.close()
    return early, late


async def measure(place: Place) -> list[Ratio]:
    await _prepare(place.url)
    rates = await alternate(
        {
            "with": lambda: write_rates(place, relayed=True),
            "without": lambda: write_rates(place, relayed=False),
        },
        place,
    )
    early, late = await relay_early_and_late(place)
    return [
        Ratio(
            *("write throughput, relay running ÷ stopped", 0.9, 0.98),
            *(rates["with"], rates["without"], "commits/s"),
        ),
        Ratio(
            *("relay in minute 10 ÷ minute 1, an old snapshot held", 0.9, 0.98),
            *(late, early, "rows/s"),
        ),
    ]
