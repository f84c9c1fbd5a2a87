"""`triskel lag`, `dlq` and `rebuild`: what ops teams ask most."""

from typing import Annotated, Any

import typer
from rich.table import Table

from triskel.cli.connection import Connection
from triskel.cli.console import EPILOG, Exit, out, show_json, stop
from triskel.cli.stack import SERVICE_PORTS

Json = Annotated[bool, typer.Option("--json", help="Print facts as JSON.")]
Service = Annotated[
    str | None, typer.Option(help=f"One service alone: {', '.join(SERVICE_PORTS)}.")
]
One = Annotated[str, typer.Argument(help="The service whose dead letter it is.")]
Number = Annotated[int, typer.Argument(help="The dead letter's number, from `triskel dlq list`.")]

dlq = typer.Typer(
    help="Dead letters: events that a reader could not handle.\n\nExample: triskel dlq list",
    epilog=EPILOG,
    no_args_is_help=True,
)


def services(one: str | None) -> list[str]:
    """The service that was named, or all of them."""
    if one is None:
        return list(SERVICE_PORTS)
    if one not in SERVICE_PORTS:
        stop(f"{one!r} is no service: {', '.join(SERVICE_PORTS)}", Exit.USAGE)
    return [one]


def lags(connection: Connection, service: str | None) -> list[dict[str, Any]]:
    """Where the readers of one service, or of all, stand in each partition."""
    rows: list[dict[str, Any]] = []
    for name in services(service):
        rows += [{"service": name, **row} for row in connection.ask("GET", name, "/v1/ops/lag")]
    return rows


def lag(service: Service = None, as_json: Json = False) -> None:
    """How many events each reader still has to handle, and where one has stopped.

    Example: triskel lag --service metrics
    """
    rows = lags(Connection.find(), service)
    if as_json:
        show_json(rows)
        return
    table = Table("service", "topic", "partition", "next", "end", "lag")
    for row in rows:
        table.add_row(
            row["service"],
            row["topic"],
            str(row["partition"]),
            *(str(row[name]) for name in ("next_offset", "end_offset")),
            "stopped" if row["stopped"] else str(row["lag"]),
        )
    out.print(table)
    out.print(f"{sum(row['lag'] for row in rows)} events wait in all")
    for row in rows:
        if row["stopped"]:
            out.print(
                f"{row['service']} has stopped in {row['topic']}/{row['partition']}: "
                f"{row['stopped']}; decide by: triskel offsets set"
            )


@dlq.command("list", epilog=EPILOG)
def list_(service: Service = None, as_json: Json = False) -> None:
    """Which dead letters wait for a decision.

    Example: triskel dlq list --json
    """
    connection = Connection.find()
    rows: list[dict[str, Any]] = []
    for name in services(service):
        after: int | None = 0
        while after is not None:
            page = connection.ask("GET", name, f"/v1/ops/dead-letters?limit=200&after={after}")
            rows += [{"service": name, **row} for row in page["items"]]
            after = page["next"]
    if as_json:
        show_json(rows)
        return
    if not rows:
        out.print("no dead letters")
        return
    table = Table("service", "number", "topic", "place", "why")
    for row in rows:
        place = f"{row['partition']}:{row['offset']}"
        table.add_row(row["service"], str(row["id"]), row["topic"], place, row["reason"][:80])
    out.print(table)
    out.print("look at one: triskel dlq show SERVICE NUMBER")


@dlq.command(epilog=EPILOG)
def show(service: One, number: Number) -> None:
    """One dead letter with its record, as JSON.

    Example: triskel dlq show metrics 3
    """
    (name,) = services(service)
    show_json(Connection.find().ask("GET", name, f"/v1/ops/dead-letters/{number}"))


@dlq.command(epilog=EPILOG)
def redrive(service: One, number: Number) -> None:
    """Handle a dead letter again, after what was wrong was mended.

    Example: triskel dlq redrive metrics 3
    """
    (name,) = services(service)
    Connection.find().ask("POST", name, f"/v1/ops/dead-letters/{number}/redrive")
    out.print(f"dead letter {number} of {name} was handled")


@dlq.command(epilog=EPILOG)
def discard(
    service: One,
    number: Number,
    yes: Annotated[bool, typer.Option("--yes", help="Do not ask.")] = False,
) -> None:
    """Decide never to handle a dead letter. It stays in the dead letters' topic.

    Example: triskel dlq discard metrics 3 --yes
    """
    (name,) = services(service)
    if not yes:
        typer.confirm(f"Never handle dead letter {number} of {name}?", abort=True)
    Connection.find().ask("POST", name, f"/v1/ops/dead-letters/{number}/discard")
    out.print(f"dead letter {number} of {name} is discarded")


def rebuild(
    service: One,
    yes: Annotated[bool, typer.Option("--yes", help="Do not ask.")] = False,
) -> None:
    """Empty a service's projections and read the log again from its beginning.

    Example: triskel rebuild metrics --yes
    """
    (name,) = services(service)
    if not yes:
        typer.confirm(f"Empty the projections of {name} and read the log again?", abort=True)
    answer = Connection.find().ask("POST", name, "/v1/ops/rebuild")
    out.print(f"{name} reads the log again into {', '.join(answer['rebuilding'])}: triskel lag")
