"""`triskel doctor`: what is missing on this machine, and how to get it."""

import os
import shutil
import socket
import subprocess
import sys
from collections.abc import Iterator
from dataclasses import asdict, dataclass
from pathlib import Path

from rich.table import Table

from triskel.cli.console import Exit, out, show_json, stop
from triskel.cli.ops import Json
from triskel.cli.stack import FIXED_PORTS, SERVICE_PORTS, running_stack
from triskel.sandbox import SandboxError
from triskel.sandbox.jars import cache_directory, java, locked
from triskel.sandbox.postgres import program

NEEDED_GIB = 2


@dataclass(frozen=True)
class Finding:
    """`needed` false: the stack runs without it."""

    what: str
    ok: bool
    found: str
    needed: bool = True
    advice: str = ""


def doctor(as_json: Json = False) -> None:
    """Look at this machine and say what is missing and how to get it.

    Example: triskel doctor --json
    """
    findings = list(examine())
    if as_json:
        show_json([asdict(finding) for finding in findings])
    else:
        table = Table("", "what", "found", "what to do")
        for finding in findings:
            mark = "[green]ok[/]" if finding.ok else "[red]no[/]" if finding.needed else "[dim]–[/]"
            table.add_row(mark, finding.what, finding.found, "" if finding.ok else finding.advice)
        out.print(table)
    missing = [finding.what for finding in findings if finding.needed and not finding.ok]
    if missing:
        stop(f"missing: {', '.join(missing)}", Exit.UNAVAILABLE)


def examine() -> Iterator[Finding]:
    version = ".".join(map(str, sys.version_info[:3]))
    yield Finding("Python", sys.version_info >= (3, 11), version, advice="install Python 3.11+")
    external = os.environ.get("TRISKEL_KAFKA_BOOTSTRAP")
    if external:
        yield Finding("Kafka", True, f"yours, {external}")
    else:
        yield from _kafka()
    yield from _postgres()
    yield _room()
    yield from _ports()
    for name, advice in (
        ("docker", "only for TRISKEL_SANDBOX=containers"),
        ("chromium", "only for the browser tests: apt install chromium"),
        ("promtool", "only for the alert tests: apt install prometheus"),
    ):
        path = shutil.which(name)
        yield Finding(name, path is not None, path or "not found", needed=False, advice=advice)


def _kafka() -> Iterator[Finding]:
    try:
        path = java()
        told = subprocess.run([path, "-version"], capture_output=True, text=True, check=False)
        yield Finding("Java", True, (told.stderr.splitlines() or [path])[0])
    except SandboxError as error:
        yield Finding("Java", False, "not found", advice=str(error))
    jars = sorted(cache_directory().glob("kafka-*/*.jar"))
    whole = len(jars) >= len(locked())
    found = f"{len(jars)} of {len(locked())} jars in {cache_directory()}"
    advice = "they are fetched at the first start: the registry for Java must be reachable"
    yield Finding("Apache Kafka", whole, found, needed=False, advice=advice)


def _postgres() -> Iterator[Finding]:
    if os.environ.get("TRISKEL_POSTGRES_URL"):
        yield Finding("PostgreSQL", True, "yours, by TRISKEL_POSTGRES_URL")
        return
    try:
        yield Finding("PostgreSQL", True, program("postgres"))
    except (ImportError, SandboxError) as error:
        yield Finding("PostgreSQL", False, "not found", advice=f"{error}: make install")


def _room() -> Finding:
    free = shutil.disk_usage(Path.cwd()).free / 2**30
    advice = f"free at least {NEEDED_GIB} GiB"
    return Finding("disk", free >= NEEDED_GIB, f"{free:.0f} GiB free", advice=advice)


def _ports() -> Iterator[Finding]:
    if running_stack() is not None:
        yield Finding("ports", True, "a stack runs from this directory")
        return
    named = SERVICE_PORTS | {name: port for name, port in asdict(FIXED_PORTS).items() if port}
    taken = [f"{port} ({name})" for name, port in named.items() if not _is_free(port)]
    advice = "stop what listens there (ss -ltnp); `triskel demo` takes free ports by itself"
    yield Finding("ports", not taken, ", ".join(taken) or "all free", needed=False, advice=advice)


def _is_free(port: int) -> bool:
    with socket.socket() as probe:
        probe.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        try:
            probe.bind(("127.0.0.1", port))
        except OSError:
            return False
    return True
