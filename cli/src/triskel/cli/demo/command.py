"""`triskel demo` and `triskel up`: the stack started, played with, and left running."""

import asyncio
import json
import signal
import threading
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager, suppress
from datetime import date, datetime, timedelta
from itertools import groupby
from pathlib import Path
from types import FrameType
from typing import Annotated, Any, Literal

import httpx
import typer
from rich.progress import BarColumn, MofNCompleteColumn, Progress, TextColumn, TimeElapsedColumn
from rich.table import Table

from triskel.cli.console import err, out, show_json
from triskel.cli.demo import report
from triskel.cli.demo.fixtures import hosts, people, schools
from triskel.cli.demo.runner import Runner, quiet
from triskel.cli.demo.scenarios import SCENARIOS, run_scenario
from triskel.cli.demo.school_year import pairs_of, year
from triskel.cli.demo.steps import FIRST_DAY, LAST_DAY, STEPS_AT, ZONE, Step
from triskel.cli.ops import Json
from triskel.cli.stack import HOME, Stack, check_nobody_runs, noted, open_stack
from triskel.sandbox.children import Child

BUILD = Path("build")
RESULT = BUILD / "demo.json"
DEAD_SECONDS = 2.0
Service = Literal["registry", "activities", "notifications", "metrics"]


def up(
    fresh: Annotated[
        bool, typer.Option("--temporary", help="Keep no data: everything is gone at the end.")
    ] = False,
) -> None:
    """Start the stack and leave it running; Ctrl-C stops it. Data stays in .triskel.

    Example: triskel up
    """
    check_nobody_runs()
    signal.signal(signal.SIGTERM, terminated)
    with (
        err.status("starting") as status,
        open_stack(
            data=None if fresh else HOME,
            fixed_ports=True,
            say=status.update,
            logs=HOME / "logs",
        ) as stack,
        noted(stack),
    ):
        status.stop()
        until_asked(stack)


def demo(
    keep: Annotated[
        bool, typer.Option("--keep", help="Leave the stack running after the year.")
    ] = False,
    result: Annotated[Path, typer.Option(help="Where the figures go, as JSON.")] = RESULT,
    kill: Annotated[
        Service | None,
        typer.Option(help="Kill -9 this service in the middle and start it again: same figures."),
    ] = None,
    as_json: Json = False,
) -> None:
    """Play a school year in Brittany on a real bus, through the public HTTP APIs alone.

    The 996 establishments of Ille-et-Vilaine and the lycées' official speciality figures are
    imported; sixty partner organisations, 46 partnerships and some 300 activities of all seven
    formats follow, from a fixed seed: the figures are the same each time.

    Example: triskel demo --keep
    """
    began = time.monotonic()
    if keep:
        check_nobody_runs()
    signal.signal(signal.SIGTERM, terminated)
    clock = datetime.combine(FIRST_DAY, STEPS_AT, ZONE)
    err.print(
        "The school year 2025-2026 in Ille-et-Vilaine: real PostgreSQL, Kafka and mail are started "
        "on this machine, the official schools are imported, and a year of partnerships and "
        "activities is played through the HTTP APIs of the four services. It ends with scenarios, "
        "each with what was refused, and the year's figures."
    )
    with (
        _progress() as (say, advance),
        open_stack(clock=clock, fixed_ports=keep, say=say, logs=BUILD / "logs") as stack,
    ):
        told, names = asyncio.run(_run(stack, say, advance, kill))
        told["seconds"] = round(time.monotonic() - began, 1)
        result.parent.mkdir(parents=True, exist_ok=True)
        text = json.dumps(told, ensure_ascii=False, indent=1)
        result.write_text(text + "\n", encoding="utf-8")
        advance(-1, 0)
        if as_json:
            show_json(told)
        else:
            report.show(told, names, out)
            out.print(f"{told['seconds']} seconds; all figures are in {result}")
        if keep:
            with noted(stack):
                until_asked(stack)
            return
    if not as_json:
        out.print(
            "next: [bold]triskel demo --keep[/] leaves the stack running to look at; "
            "[bold]triskel up[/] starts an empty one"
        )


async def _run(
    stack: Stack,
    say: Callable[[str], None],
    advance: Callable[[int, int], None],
    kill: Service | None = None,
) -> tuple[dict[str, Any], dict[str, str]]:
    """The report, and the indicators' names."""
    limits = httpx.Limits(max_connections=32, max_keepalive_connections=32)
    async with stack.client(timeout=120, limits=limits) as client:
        invited = schools()
        partners = hosts()
        pairs = pairs_of(invited, partners)
        runner = Runner(stack, client, invited, partners, pairs)
        say("importing the official files")
        began = time.monotonic()
        reports = await runner.import_files()
        await quiet(runner, FIRST_DAY)
        seconds = round(time.monotonic() - began, 1)
        imported = {"rows": sum(done["rows"] for done in reports), "seconds": seconds}
        for done in reports:
            err.print(
                f"  {done['dataset']}: {done['rows']} rows, {done['created']} new, "
                f"{done['unchanged']} again, {done['refused']} refused"
            )
        await runner.decide()
        say("claims, partner organisations, people")
        await runner.claim_schools(invited)
        await runner.register_hosts(partners)
        await runner.register_people(people(invited, partners))
        await quiet(runner, FIRST_DAY)
        before = await report.buses_of(runner)
        say("the school year")
        planned = year(await runner.school_days(), invited, partners, pairs)
        by_day = {day: list(steps) for day, steps in groupby(planned, key=_day)}
        number = len(planned)
        advance(0, number)
        async with asyncio.TaskGroup() as group:
            done_steps = 0
            told: list[dict[str, str]] = []

            for day in sorted({*by_day, *(scenario.day for scenario in SCENARIOS)}):
                steps = by_day.get(day, [])
                await runner.run(steps, day)
                if kill and done_steps < number // 2 <= done_steps + len(steps):
                    group.create_task(asyncio.to_thread(_kill_and_start, stack.children[kill]))
                done_steps += len(steps)
                advance(len(steps), number)
                today = [each for each in SCENARIOS if each.day == day < LAST_DAY]
                told += [await run_scenario(scenario, runner) for scenario in today]
        say("waiting until the bus is quiet")
        stack.set_clock(datetime.combine(LAST_DAY, STEPS_AT, ZONE) + timedelta(minutes=1))
        await quiet(runner, LAST_DAY)
        told += [
            await run_scenario(scenario, runner)
            for scenario in SCENARIOS
            if scenario.day == LAST_DAY
        ]
        await quiet(runner, LAST_DAY)
        found = await report.gather(runner, client, stack, before, imported) | {"scenarios": told}
        names = {
            each["id"]: each["names"]["en"]
            for each in (await client.get(f"{stack.services['metrics']}/v1/indicators")).json()
        }
        return found, names


def _day(step: Step) -> date:
    return step.day


def _kill_and_start(child: Child) -> None:
    err.print(f"  kill -9 {child.name}")
    child.kill()
    time.sleep(DEAD_SECONDS)
    child.start()
    err.print(f"  {child.name} is started again")


@contextmanager
def _progress() -> Iterator[tuple[Callable[[str], None], Callable[[int, int], None]]]:
    """(say, advance): a bar on a terminal, else a line for each phase. An advance of -1 ends it."""
    bar = Progress(
        TextColumn("{task.description}"),
        BarColumn(),
        MofNCompleteColumn(),
        TimeElapsedColumn(),
        console=err,
        transient=True,
    )
    task = bar.add_task("starting", total=None)
    told = threading.Lock()

    def say(text: str) -> None:
        with told:
            bar.update(task, description=text, total=None, completed=0)
            if not err.is_terminal:
                err.print(text)

    def advance(number: int, of: int) -> None:
        if number < 0:
            bar.stop()
            return
        bar.update(task, total=of, advance=number)

    if err.is_terminal:
        bar.start()
    try:
        yield say, advance
    finally:
        bar.stop()


def terminated(number: int, frame: FrameType | None) -> None:
    """SIGTERM is as Ctrl-C, for which asyncio has a handler of its own while it runs: an exception
    in the middle of any task would be shown as one that nobody took."""
    interrupted = signal.getsignal(signal.SIGINT)
    if not callable(interrupted):  # ignored, in the background of a script
        raise KeyboardInterrupt
    interrupted(signal.SIGINT, frame)


def until_asked(stack: Stack) -> None:
    """Show where things are, and stay until Ctrl-C or SIGTERM."""
    links(stack)
    out.print("Ctrl-C stops it.")
    with suppress(KeyboardInterrupt):
        while True:
            time.sleep(3600)
    err.print("stopping")


def links(stack: Stack) -> None:
    """Where to look next."""
    table = Table("where", "what", title="the stack is up")
    for name, url in stack.services.items():
        table.add_row(f"{url}/docs", f"{name}: try the API; also /asyncapi, /metrics, /readyz")
    table.add_row(f"{stack.services['metrics']}/v1/figures.csv", "the figures, open to everybody")
    if stack.infrastructure.mail_url:
        table.add_row(stack.infrastructure.mail_url, "the mails that people got")
    table.add_row(stack.infrastructure.kafka_bootstrap, "Kafka: triskel tail")
    table.add_row(stack.infrastructure.issuer, "tokens: triskel token coordinator")
    out.print(table)
