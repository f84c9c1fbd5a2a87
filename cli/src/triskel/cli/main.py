"""The command line: `triskel`, its commands, and how an error is told to a person."""

import asyncio
import logging
import os
import sys
from pathlib import Path
from typing import Annotated

import typer

from triskel.cli.connection import Connection
from triskel.cli.console import EPILOG, Exit, Failure, err, out, show_json, stop
from triskel.cli.demo.command import demo, up
from triskel.cli.doctor import doctor
from triskel.cli.importing import import_
from triskel.cli.keys import make_badge_key
from triskel.cli.offsets import offsets
from triskel.cli.ops import Json, dlq, lag, rebuild
from triskel.cli.outbox import outbox
from triskel.cli.service_accounts import service_accounts
from triskel.cli.stack import MIGRATIONS, running_stack
from triskel.cli.tailing import tail
from triskel.sandbox import SandboxError

app = typer.Typer(
    name="triskel",
    help="The event-driven backbone of regional school–company STEAM platforms.",
    epilog=EPILOG,
    no_args_is_help=True,
    pretty_exceptions_enable=False,
    rich_markup_mode=None,
    add_completion=False,
)


def migrate(
    service: Annotated[str, typer.Argument(help=f"One of {', '.join(MIGRATIONS)}.")],
    as_json: Json = False,
) -> None:
    """Bring a service's database to the newest revision. Services never do it by themselves.

    The database is TRISKEL_DATABASE_URL (postgresql://user:password@host/name), or that of the
    stack which runs from this directory.

    Example: TRISKEL_DATABASE_URL=postgresql://… triskel migrate registry
    """
    if service not in MIGRATIONS:
        stop(f"{service!r} is no service: {', '.join(MIGRATIONS)}", Exit.USAGE)
    stack = running_stack()
    url = os.environ.get("TRISKEL_DATABASE_URL") or (stack.databases[service] if stack else None)
    if url is None:
        stop("which database? set TRISKEL_DATABASE_URL", Exit.CONFIG)
    if not url.startswith("postgresql://"):
        stop("TRISKEL_DATABASE_URL must begin with postgresql://", Exit.CONFIG)
    # it takes a second to load, which `triskel --help` need not wait for
    from triskel.chassis import migrations
    from triskel.chassis.database import DRIVER_ERRORS

    try:
        applied = asyncio.run(migrations.migrate(url, MIGRATIONS[service]))
    except (OSError, *DRIVER_ERRORS) as error:
        stop(f"the database of {service} cannot be used: {error}", Exit.UNAVAILABLE)
    if as_json:
        show_json({"service": service, "applied": applied})
    else:
        told = f"applied {', '.join(applied)}" if applied else "nothing to do"
        out.print(f"{service}: {told}")


def topics(
    bootstrap: Annotated[
        str | None, typer.Option(envvar="TRISKEL_KAFKA_BOOTSTRAP", help="host:port of Kafka.")
    ] = None,
    replication: Annotated[int, typer.Option(min=1, help="Copies of each partition.")] = 1,
    as_json: Json = False,
) -> None:
    """Make the topics of the catalogue that are missing; existing ones stay as they are.

    Example: triskel topics --bootstrap kafka:9092 --replication 3
    """
    address = bootstrap or Connection.find().bootstrap
    if address is None:
        stop("where is Kafka? give --bootstrap host:port", Exit.CONFIG)
    # it takes a moment to load, which `triskel --help` need not wait for
    from aiokafka.errors import KafkaError

    from triskel.chassis.kafka import ensure_topics

    try:
        made = asyncio.run(ensure_topics(address, replication))
    except (KafkaError, OSError) as error:
        stop(f"Kafka at {address}: {type(error).__name__}", Exit.UNAVAILABLE)
    if as_json:
        show_json({"made": made})
    else:
        out.print(f"made {', '.join(made)}" if made else "nothing to do")


def token(
    roles: Annotated[str, typer.Argument(help="Roles, with blanks between.")],
    organisation: Annotated[
        str | None, typer.Option(help="The id of an organisation to make the person a member of.")
    ] = None,
    subject: Annotated[str, typer.Option(help="Who it is.")] = "command-line",
) -> None:
    """A token of the embedded issuer, for one hour.

    Example: curl -H "Authorization: Bearer $(triskel token coordinator)" …
    """
    given = {"subject": subject, "organisation": organisation}
    claims = {name: value for name, value in given.items() if value}
    typer.echo(Connection.find().token(roles, **claims))


def badge_key(
    file: Annotated[Path, typer.Argument(help="Where the key is kept: a PEM file.")],
) -> None:
    """Make the key that signs certificates, unless FILE has one already.

    Example: triskel badge-key badge-key.pem
    """
    try:
        made = make_badge_key(file)
    except OSError as error:
        stop(f"{file} cannot be written: {error.strerror}", Exit.UNAVAILABLE)
    out.print(f"made {file}" if made else f"{file} is there already", markup=False)


for command in (up, demo, tail, lag, rebuild, migrate, topics, doctor, token, badge_key):
    app.command(epilog=EPILOG)(command)
app.command("import", epilog=EPILOG)(import_)
app.add_typer(dlq, name="dlq")
app.add_typer(offsets, name="offsets")
app.add_typer(outbox, name="outbox")
app.add_typer(service_accounts, name="service-accounts")


def main() -> None:
    """No traceback at a person: one readable line, and an exit code that says what kind."""
    # a broker that is away is told by us, in one line
    logging.getLogger("aiokafka").setLevel(logging.CRITICAL)
    try:
        app()
    except KeyboardInterrupt:
        sys.exit(Exit.INTERRUPTED)
    except Exception as error:  # whatever it is, a person gets one line
        known = _first(error)
        match known:
            case Failure():
                text, code = str(known), known.code
            case SandboxError():
                text, code = str(known), Exit.UNAVAILABLE
            case _:
                text, code = f"a fault of ours: {known!r}", Exit.SOFTWARE
        err.print(f"triskel: {text}", markup=False)
        sys.exit(code)


def _first(error: Exception) -> Exception:
    """The error itself, or the first one of a group."""
    while isinstance(error, ExceptionGroup):
        error = error.exceptions[0]
    return error
