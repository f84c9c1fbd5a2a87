"""`triskel offsets`: where readers stand in their logs, and where they shall go on."""

from typing import Annotated, Any

import typer
from rich.table import Table

from triskel.cli.connection import Connection
from triskel.cli.console import EPILOG, Exit, out, show_json, stop
from triskel.cli.ops import Json, Service, lags, services
from triskel.cli.stack import SERVICE_PORTS

offsets = typer.Typer(
    help="Stored offsets: where each reader stands, and in which log.\n\n"
    "A reader stops where its stored offset is not of the log that is there: the topic was made "
    "anew, or the broker was restored from a backup. You decide where it goes on.\n\n"
    "Example: triskel offsets list --stopped",
    epilog=EPILOG,
    no_args_is_help=True,
)


@offsets.command("list", epilog=EPILOG)
def list_(
    service: Service = None,
    stopped: Annotated[
        bool, typer.Option("--stopped", help="Only where a reader has stopped.")
    ] = False,
    as_json: Json = False,
) -> None:
    """Each reader's stored offset, the begin and the end of its log, and the topic's id.

    Example: triskel offsets list --service metrics --json
    """
    rows = [row for row in lags(Connection.find(), service) if row["stopped"] or not stopped]
    if as_json:
        show_json(rows)
        return
    if not rows:
        out.print("no reader has stopped" if stopped else "no reader has a stored offset")
        return
    names = ("partition", "next_offset", "begin_offset", "end_offset")
    table = Table("service", "topic", "partition", "stored", "begin", "end", "topic id", "stopped")
    for row in rows:
        table.add_row(
            *(row["service"], row["topic"], *(str(row[name]) for name in names)),
            *(row["topic_id"] or "", row["stopped"] or ""),
        )
    out.print(table)
    if any(row["stopped"] for row in rows):
        out.print("decide: triskel offsets set SERVICE TOPIC PARTITION begin | end | NUMBER")


@offsets.command("set", epilog=EPILOG)
def set_(
    service: Annotated[str, typer.Argument(help=f"One of {', '.join(SERVICE_PORTS)}.")],
    topic: Annotated[str, typer.Argument(help="The topic, as `triskel offsets list` names it.")],
    partition: Annotated[int, typer.Argument(min=0, help="The partition's number.")],
    to: Annotated[str, typer.Argument(help="begin, end, or an offset between them.")],
    yes: Annotated[bool, typer.Option("--yes", help="Do not ask.")] = False,
    as_json: Json = False,
) -> None:
    """Decide where a reader goes on in a partition, in the log as it is now.

    `begin` does no harm: readers keep the highest version of what comes again. `end` skips what is
    in the log. The reader goes on by itself within seconds.

    Example: triskel offsets set metrics registry.organisations 0 begin
    """
    if to not in ("begin", "end") and not to.isdecimal():
        stop(f"{to!r} is no place in a log: begin, end, or a number", Exit.USAGE)
    (name,) = services(service)
    if not (yes or as_json):
        typer.confirm(f"{name} goes on in {topic}/{partition} at {to}?", abort=True)
    body: dict[str, Any] = {"topic": topic, "partition": partition}
    body["to"] = int(to) if to.isdecimal() else to
    row = Connection.find().ask("POST", name, "/v1/ops/offsets", json=body)
    if as_json:
        show_json({"service": name, **row})
        return
    out.print(f"{name} goes on in {topic}/{partition} at {row['next_offset']}: triskel lag")
