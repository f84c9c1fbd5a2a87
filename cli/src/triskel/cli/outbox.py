"""`triskel outbox`: events that Kafka does not take, and the keys that wait behind them."""

from typing import Annotated, Any

import typer
from rich.table import Table

from triskel.cli.connection import Connection
from triskel.cli.console import EPILOG, Exit, out, show_json, stop
from triskel.cli.ops import Json, Service, services
from triskel.cli.stack import SERVICE_PORTS

outbox = typer.Typer(
    help="Parked keys: their rows wait because Kafka does not take one of them.\n\n"
    "Example: triskel outbox list",
    epilog=EPILOG,
    no_args_is_help=True,
)


def _parked(connection: Connection, service: str | None) -> list[dict[str, Any]]:
    rows: list[dict[str, Any]] = []
    for name in services(service):
        after: int | None = 0
        while after is not None:
            page = connection.ask("GET", name, f"/v1/ops/outbox/parked?limit=200&after={after}")
            rows += [{"service": name, **row} for row in page["items"]]
            after = page["next"]
    return rows


@outbox.command("list", epilog=EPILOG)
def list_(service: Service = None, as_json: Json = False) -> None:
    """Which keys are parked, since when, and why. All other keys go on.

    Example: triskel outbox list --json
    """
    rows = _parked(Connection.find(), service)
    if as_json:
        show_json(rows)
        return
    if not rows:
        out.print("no parked keys")
        return
    table = Table("service", "topic", "key", "rows", "first", "bytes", "since", "why")
    for row in rows:
        table.add_row(
            *(row["service"], row["topic"], row["key"], str(row["rows"]), str(row["first"])),
            *(str(row["bytes"]), row["since"][:19], row["reason"]),
        )
    out.print(table)
    out.print("once the cause is mended: triskel outbox release SERVICE TOPIC KEY")


@outbox.command(epilog=EPILOG)
def release(
    service: Annotated[str, typer.Argument(help=f"One of {', '.join(SERVICE_PORTS)}.")],
    topic: Annotated[
        str | None, typer.Argument(help="The topic, as `triskel outbox list` names it.")
    ] = None,
    key: Annotated[str | None, typer.Argument(help="The key in that topic.")] = None,
    every: Annotated[bool, typer.Option("--all", help="All parked keys of the service.")] = False,
    as_json: Json = False,
) -> None:
    """Send the rows of a parked key again, in their order, after the cause was mended.

    What Kafka still does not take is parked again, and nothing is lost.

    Example: triskel outbox release activities activities.offers KEY
    """
    if every == (key is not None) or (every and topic is not None):
        stop("which key? give SERVICE TOPIC KEY, or SERVICE --all", Exit.USAGE)
    (name,) = services(service)
    connection = Connection.find()
    wanted = (
        [(row["topic"], row["key"]) for row in _parked(connection, name)]
        if every
        else [(topic, key)]
    )
    released: list[dict[str, Any]] = []
    for one_topic, one_key in wanted:
        body = {"topic": one_topic, "key": one_key}
        answer = connection.ask("POST", name, "/v1/ops/outbox/release", json=body)
        released.append({"service": name, **body, **answer})
    if as_json:
        show_json(released)
        return
    for row in released:
        out.print(f"{row['rows']} rows of {row['topic']}/{row['key']} are sent again")
    out.print(f"{len(released)} keys released; see whether they stay away: triskel outbox list")
