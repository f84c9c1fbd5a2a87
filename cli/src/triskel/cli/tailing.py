"""`triskel tail`: events as they pass, readable."""

import asyncio
import json
from typing import TYPE_CHECKING, Annotated, Any

import typer
from rich.text import Text

from triskel.cli.connection import Connection
from triskel.cli.console import Exit, out, stop
from triskel.cli.ops import Json

if TYPE_CHECKING:
    from triskel.contracts import Received

_STATE_FIELDS = ("state", "status", "outcome")


def tail(
    topic: Annotated[
        list[str] | None, typer.Option(help="A topic of the catalogue; may be repeated.")
    ] = None,
    beginning: Annotated[
        bool, typer.Option("--from-beginning", help="Begin with the oldest event.")
    ] = False,
    count: Annotated[int | None, typer.Option(min=1, help="Stop after so many.")] = None,
    bootstrap: Annotated[
        str | None, typer.Option(help="host:port of Kafka, if not the stack's.")
    ] = None,
    as_json: Json = False,
) -> None:
    """Follow what is said on the bus. Personal data is never printed.

    Example: triskel tail --topic activities.activities --from-beginning --count 20
    """
    # they take a moment to load, which `triskel --help` need not wait for
    from aiokafka.errors import KafkaError

    from triskel.contracts import CATALOGUE

    known = [name for name, each in CATALOGUE.items() if each.events and not each.personal]
    for name in topic or ():
        if name not in CATALOGUE or not CATALOGUE[name].events:
            stop(f"{name!r} is no topic; there are {', '.join(known)}", Exit.USAGE)
        if CATALOGUE[name].personal:
            stop(f"{name} carries personal data: it is not printed", Exit.REFUSED)
    address = bootstrap or Connection.find().bootstrap
    if address is None:
        stop("where is Kafka? give --bootstrap host:port", Exit.CONFIG)
    try:
        asyncio.run(_follow(address, topic or known, beginning, count, as_json))
    except (KafkaError, OSError) as error:
        stop(f"Kafka at {address} does not answer ({type(error).__name__})", Exit.UNAVAILABLE)


async def _follow(
    bootstrap: str, topics: list[str], beginning: bool, count: int | None, as_json: bool
) -> None:
    from aiokafka import AIOKafkaConsumer

    start = "earliest" if beginning else "latest"
    consumer = AIOKafkaConsumer(*topics, bootstrap_servers=bootstrap, auto_offset_reset=start)
    try:
        await consumer.start()
        seen = 0
        async for record in consumer:
            _print(record, as_json)
            seen += 1
            if count is not None and seen >= count:
                return
    finally:
        await consumer.stop()


def _print(record: Any, as_json: bool) -> None:
    from triskel.contracts import InvalidMessage, UnknownEventType, decode

    place = f"{record.topic}/{record.partition}@{record.offset}"
    try:
        received = decode(record.headers, record.key, record.value)
    except (InvalidMessage, UnknownEventType) as error:
        if as_json:
            typer.echo(json.dumps({"place": place, "unreadable": str(error)}))
        else:
            out.print(Text(f"{place}  unreadable: {error}", style="red"), soft_wrap=True)
        return
    if as_json:
        typer.echo(json.dumps(_as_json(received, place), ensure_ascii=False))
    else:
        out.print(_line(received), soft_wrap=True)


def _as_json(received: "Received", place: str) -> dict[str, Any]:
    if received.envelope is None or received.event is None:
        return {"place": place, "erased": received.key}
    data = received.event.model_dump(mode="json")
    return {"place": place, **received.envelope.attributes(), "data": data}


def _line(received: "Received") -> Text:
    if received.envelope is None or received.event is None:
        return Text(f"erased {received.key}", style="dim")
    envelope, state = received.envelope, received.event.aggregate
    kind = received.event.name_and_version()[0]
    condition = next((str(getattr(state, f)) for f in _STATE_FIELDS if hasattr(state, f)), "")
    line = Text(f"{envelope.time:%Y-%m-%d %H:%M} ", style="dim")
    line.append(f"{envelope.region} ", style="dim")
    line.append(f"{kind:<32}", style="bold")
    line.append(f" {condition:<12} v{state.version:<3} {state.id}")
    return line
