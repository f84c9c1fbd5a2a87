"""`triskel demo` and `triskel up`: the town started, played with, and left running."""

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

from triskel.cli.demo import report
from triskel.cli.demo.acts import ACTS_AT, FIRST_DAY, LAST_DAY, ZONE, Act
from triskel.cli.demo.cast import hosts, people, schools
from triskel.cli.demo.player import Player, quiet
from triskel.cli.demo.scenes import SCENES, told_by
from triskel.cli.demo.script import pairs_of, year
from triskel.cli.desk import err, out, show_json
from triskel.cli.ops import Json
from triskel.cli.town import HOME, Town, check_nobody_runs, noted, open_town
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
    """Start the town and leave it running; Ctrl-C stops it. Data stays in .triskel.

    Example: triskel up
    """
    check_nobody_runs()
    signal.signal(signal.SIGTERM, terminated)
    with (
        err.status("starting") as status,
        open_town(
            data=None if fresh else HOME,
            fixed_ports=True,
            say=status.update,
            logs=HOME / "logs",
        ) as town,
        noted(town),
    ):
        status.stop()
        until_asked(town)


def demo(
    keep: Annotated[
        bool, typer.Option("--keep", help="Leave the town running after the year.")
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
    clock = datetime.combine(FIRST_DAY, ACTS_AT, ZONE)
    err.print(
        "The school year 2025-2026 in Ille-et-Vilaine: real PostgreSQL, Kafka and mail are started "
        "on this machine, the official schools are imported, and a year of partnerships and "
        "activities is played through the HTTP APIs of the four services. It ends with scenes, "
        "each with what was refused, and the year's figures."
    )
    with (
        _progress() as (say, step),
        open_town(clock=clock, fixed_ports=keep, say=say, logs=BUILD / "logs") as town,
    ):
        told, names = asyncio.run(_play(town, say, step, kill))
        told["seconds"] = round(time.monotonic() - began, 1)
        result.parent.mkdir(parents=True, exist_ok=True)
        text = json.dumps(told, ensure_ascii=False, indent=1)
        result.write_text(text + "\n", encoding="utf-8")
        step(-1, 0)
        if as_json:
            show_json(told)
        else:
            report.show(told, names, out)
            out.print(f"{told['seconds']} seconds; all figures are in {result}")
        if keep:
            with noted(town):
                until_asked(town)
            return
    if not as_json:
        out.print(
            "next: [bold]triskel demo --keep[/] leaves the town running to look at; "
            "[bold]triskel up[/] starts an empty one"
        )


async def _play(
    town: Town,
    say: Callable[[str], None],
    step: Callable[[int, int], None],
    kill: Service | None = None,
) -> tuple[dict[str, Any], dict[str, str]]:
    """The report, and the indicators' names."""
    limits = httpx.Limits(max_connections=32, max_keepalive_connections=32)
    async with httpx.AsyncClient(timeout=120, limits=limits) as client:
        cast = schools()
        partners = hosts()
        pairs = pairs_of(cast, partners)
        player = Player(town, client, cast, partners, pairs)
        by_day = {day: list(acts) for day, acts in groupby(year(cast, partners, pairs), key=_day)}
        number = sum(len(acts) for acts in by_day.values())
        say("importing the official files")
        began = time.monotonic()
        reports = await player.import_files()
        await quiet(player, FIRST_DAY)
        seconds = round(time.monotonic() - began, 1)
        imported = {"rows": sum(done["rows"] for done in reports), "seconds": seconds}
        for done in reports:
            err.print(
                f"  {done['dataset']}: {done['rows']} rows, {done['created']} new, "
                f"{done['unchanged']} again, {done['refused']} refused"
            )
        say("claims, partner organisations, people")
        await player.claim_schools(cast)
        await player.register_hosts(partners)
        await player.register_people(people(cast, partners))
        await quiet(player, FIRST_DAY)
        before = await report.buses_of(player)
        say("the school year")
        step(0, number)
        async with asyncio.TaskGroup() as group:
            played = 0
            told: list[dict[str, str]] = []

            for day in sorted({*by_day, *(scene.day for scene in SCENES)}):
                acts = by_day.get(day, [])
                await player.play(acts, day)
                if kill and played < number // 2 <= played + len(acts):
                    group.create_task(asyncio.to_thread(_kill_and_start, town.children[kill]))
                played += len(acts)
                step(len(acts), number)
                today = [each for each in SCENES if each.day == day < LAST_DAY]
                told += [await told_by(scene, player) for scene in today]
        say("waiting until the bus is quiet")
        town.set_clock(datetime.combine(LAST_DAY, ACTS_AT, ZONE) + timedelta(minutes=1))
        await quiet(player, LAST_DAY)
        told += [await told_by(scene, player) for scene in SCENES if scene.day == LAST_DAY]
        await quiet(player, LAST_DAY)
        found = await report.gather(player, client, town, before, imported) | {"scenes": told}
        names = {
            each["id"]: each["names"]["en"]
            for each in (await client.get(f"{town.services['metrics']}/v1/indicators")).json()
        }
        return found, names


def _day(act: Act) -> date:
    return act.day


def _kill_and_start(child: Child) -> None:
    err.print(f"  kill -9 {child.name}")
    child.kill()
    time.sleep(DEAD_SECONDS)
    child.start()
    err.print(f"  {child.name} is started again")


@contextmanager
def _progress() -> Iterator[tuple[Callable[[str], None], Callable[[int, int], None]]]:
    """(say, step). On a terminal a bar; elsewhere a line for each phase. A step of -1 ends it."""
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

    def step(number: int, of: int) -> None:
        if number < 0:
            bar.stop()
            return
        bar.update(task, total=of, advance=number)

    if err.is_terminal:
        bar.start()
    try:
        yield say, step
    finally:
        bar.stop()


def terminated(number: int, frame: FrameType | None) -> None:
    """SIGTERM is as Ctrl-C, for which asyncio has a handler of its own while it runs: an exception
    in the middle of any task would be shown as one that nobody took."""
    interrupted = signal.getsignal(signal.SIGINT)
    if not callable(interrupted):  # ignored, in the background of a script
        raise KeyboardInterrupt
    interrupted(signal.SIGINT, frame)


def until_asked(town: Town) -> None:
    """Show where things are, and stay until Ctrl-C or SIGTERM."""
    links(town)
    out.print("Ctrl-C stops it.")
    with suppress(KeyboardInterrupt):
        while True:
            time.sleep(3600)
    err.print("stopping")


def links(town: Town) -> None:
    """Where to look next."""
    table = Table("where", "what", title="the town is up")
    for name, url in town.services.items():
        table.add_row(f"{url}/docs", f"{name}: try the API; also /asyncapi, /metrics, /readyz")
    table.add_row(f"{town.services['metrics']}/v1/figures.csv", "the figures, open to everybody")
    if town.infrastructure.mail_url:
        table.add_row(town.infrastructure.mail_url, "the mails that people got")
    table.add_row(town.infrastructure.kafka_bootstrap, "Kafka: triskel tail")
    table.add_row(town.infrastructure.issuer, "tokens: triskel token coordinator")
    out.print(table)
