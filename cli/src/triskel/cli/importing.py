"""`triskel import`: an official file into the registry or into the figures."""

import time
from enum import StrEnum
from pathlib import Path
from typing import Annotated, Any

import typer
from rich.progress import BarColumn, MofNCompleteColumn, Progress, TextColumn, TimeElapsedColumn
from rich.table import Table

from triskel.cli.connection import Connection
from triskel.cli.console import Exit, err, out, show_json, stop
from triskel.cli.ops import Json

WATCH_SECONDS = 0.3
OUTCOMES = ("rows", "created", "changed", "unchanged", "refused", "closed", "remarked")
SHOWN = 20


class Dataset(StrEnum):
    """What kind of file it is."""

    FR_ANNUAIRE = "fr-annuaire"
    NL_DUO = "nl-duo"
    TRISKEL_TEMPLATE = "triskel-template"
    FR_SPECIALITES = "fr-specialites"
    FR_EFFECTIFS_COLLEGES = "fr-effectifs-colleges"


TO_REGISTRY = (Dataset.FR_ANNUAIRE, Dataset.NL_DUO, Dataset.TRISKEL_TEMPLATE)


def import_(
    dataset: Annotated[Dataset, typer.Argument(help="What kind of file it is.")],
    file: Annotated[Path, typer.Argument(exists=True, dir_okay=False, help="The CSV file.")],
    dry_run: Annotated[
        bool, typer.Option("--dry-run", help="Say what would happen, change nothing.")
    ] = False,
    max_closed: Annotated[
        int | None,
        typer.Option(
            min=0,
            help="The file is the whole register of its areas: close the schools that it lacks, "
            "if they are no more than this.",
        ),
    ] = None,
    report_file: Annotated[
        Path | None, typer.Option("--report", help="Where the report goes, a row each, as CSV.")
    ] = None,
    as_json: Json = False,
) -> None:
    """Import an official file. The same file again changes nothing.

    Example: triskel import fr-annuaire annuaire.csv --max-closed 20 --dry-run
    """
    connection = Connection.find()
    if dataset not in TO_REGISTRY and (max_closed is not None or report_file):
        stop(f"{dataset} has no schools: --max-closed and --report are for directories", Exit.USAGE)
    report = send(connection, dataset, file, dry_run, max_closed)
    if report_file:
        path = f"/v1/imports/{report['id']}/lines.csv"
        report_file.write_text(
            connection.ask("GET", "registry", path, "coordinator"), encoding="utf-8"
        )
    if as_json:
        show_json(report)
    else:
        shown = [name for name in OUTCOMES if name in report]
        table = Table(*shown, title=f"{dataset}{' (dry run)' if dry_run else ''}")
        table.add_row(*(str(report[name]) for name in shown))
        out.print(table)
        out.print(f"read as {report['encoding']}, separated by {report['separator']}")
        for name in ("refusals", "remarks"):
            for why in report.get(name, ())[:SHOWN]:
                where = f"line {why['line']}, {why['field']} = {why['value']!r}"
                out.print(f"{where}: {why['detail']}", markup=False)
    if report["refused"]:
        stop(f"{report['refused']} of {report['rows']} rows were refused", Exit.REFUSED)


def send(
    connection: Connection,
    dataset: Dataset,
    file: Path,
    dry_run: bool = False,
    max_closed: int | None = None,
) -> dict[str, Any]:
    """The report, with the first refusals and remarks of either service in one shape."""
    params = {"dataset": str(dataset), "dry_run": str(dry_run).lower()}
    if max_closed is not None:
        params["max_closed"] = str(max_closed)
    options: dict[str, Any] = {
        "params": params,
        "content": file.read_bytes(),
        "headers": {"Content-Type": "text/csv"},
        "timeout": 300,
    }
    if dataset not in TO_REGISTRY:
        with err.status(f"importing {file.name}"):
            found: dict[str, Any] = connection.ask(
                "POST", "metrics", "/v1/reference/imports", "coordinator", **options
            )
        return found
    queued = connection.ask("POST", "registry", "/v1/imports", "coordinator", **options)
    report = _watched(connection, f"/v1/imports/{queued['id']}", file.name)
    if failure := report["failure"]:
        stop(f"{failure['detail']} (rule {failure['rule']})", Exit.REFUSED)
    for name, asked in (("refusals", "outcome=refused"), ("remarks", "remarked=true")):
        path = f"/v1/imports/{report['id']}/lines?{asked}&limit={SHOWN}"
        lines = connection.ask("GET", "registry", path, "coordinator")
        report[name] = [
            {"line": line["number"], **why} for line in lines["items"] for why in line[name] or ()
        ]
    return report


def _watched(connection: Connection, path: str, name: str) -> dict[str, Any]:
    """The report once the import is over; meanwhile a bar, where there is a terminal. Ctrl-C leaves
    the import running."""
    columns = (TextColumn("{task.description}"), BarColumn(), MofNCompleteColumn())
    with Progress(*columns, TimeElapsedColumn(), console=err, transient=True) as bar:
        task = bar.add_task(f"importing {name}", total=None)
        while True:
            report: dict[str, Any] = connection.ask("GET", "registry", path, "coordinator")
            bar.update(task, total=report["total"], completed=report["rows"])
            if report["state"] in ("done", "failed"):
                return report
            time.sleep(WATCH_SECONDS)
