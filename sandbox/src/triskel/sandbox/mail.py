"""A mail sink: real SMTP in, a page and a JSON API out. Bounded memory; nothing is passed on."""

import argparse
import asyncio
import email
import sys
from collections import deque
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from email.errors import MessageError
from email.header import decode_header, make_header
from email.message import Message
from functools import cached_property
from pathlib import Path
from typing import Any

import uvicorn
from aiosmtpd.smtp import SMTP, Envelope, Session
from jinja2 import Environment, PackageLoader, StrictUndefined
from starlette.applications import Starlette
from starlette.requests import Request
from starlette.responses import HTMLResponse, JSONResponse, Response
from starlette.routing import Route
from starlette.templating import Jinja2Templates

from triskel.sandbox.children import Child, answers_on, claim_port

KEEP_NEWEST = 20_000
PAGE_LENGTH = 200
MODES = ("accept", "refuse-temporary", "refuse-permanent", "slow", "ascii-only")
MAX_BYTES = 10 * 1024 * 1024
_POLICY = {
    "Content-Security-Policy": "default-src 'none'; style-src 'unsafe-inline'; frame-src 'self'"
}
_PAGES = Jinja2Templates(
    env=Environment(
        loader=PackageLoader("triskel.sandbox"), autoescape=True, undefined=StrictUndefined
    )
)


@dataclass(frozen=True)
class MailSink:
    smtp_host: str
    smtp_port: int
    url: str
    child: Child


@contextmanager
def open_mail(
    data: Path, smtp_port: int | None = None, http_port: int | None = None
) -> Iterator[MailSink]:
    """A sink on the loopback address. Mails live as long as its process."""
    smtp, http = claim_port(smtp_port, "SMTP"), claim_port(http_port, "the mail page")
    ports = ["--smtp", str(smtp), "--http", str(http)]
    child = Child("mail", [sys.executable, "-m", "triskel.sandbox.mail", *ports], data)
    try:
        child.start()
        child.wait_until(lambda: answers_on(smtp) and answers_on(http), "no answer")
        yield MailSink("127.0.0.1", smtp, f"http://127.0.0.1:{http}", child)
    finally:
        child.stop()


@dataclass(frozen=True)
class Stored:
    id: int
    sender: str
    to: tuple[str, ...]
    raw: bytes

    @cached_property
    def as_json(self) -> dict[str, Any]:
        # the newer policies of `email` read headers by a grammar, which takes ten times as long
        message = email.message_from_bytes(self.raw)
        headers = {name: _readable(value) for name, value in message.raw_items()}
        texts: dict[str, str] = {}
        for part in message.walk():
            payload = part.get_payload(decode=True)
            if isinstance(payload, bytes):
                texts.setdefault(part.get_content_type(), _decoded(part, payload))
        known = {name.lower(): value for name, value in headers.items()}
        return {
            "id": self.id,
            "from": self.sender,
            "to": list(self.to),
            "subject": known.get("subject", ""),
            "date": known.get("date", ""),
            "text": texts.get("text/plain"),
            "html": texts.get("text/html"),
            "calendar": texts.get("text/calendar"),
            "headers": headers,
        }


def _readable(header: str) -> str:
    """A header as people read it: unfolded, its encoded words decoded (RFC 2047), or UTF-8 as it is
    (RFC 6532)."""
    line = "".join(header.splitlines())
    whole = line.encode("utf-8", "surrogateescape").decode("utf-8", "replace")
    try:
        return str(make_header(decode_header(whole)))
    except (LookupError, ValueError, MessageError):
        return whole


def _decoded(part: Message, payload: bytes) -> str:
    try:
        return payload.decode(part.get_content_charset("utf-8"), "replace")
    except LookupError:  # an unknown character set
        return payload.decode("utf-8", "replace")


class Sink:
    """What arrived, newest last, and how the server behaves (for tests of faults)."""

    def __init__(self) -> None:
        self.mails: deque[Stored] = deque(maxlen=KEEP_NEWEST)
        self.count = 0
        self.mode = "accept"
        self.seconds = 0.0

    async def handle_DATA(self, server: SMTP, session: Session, envelope: Envelope) -> str:
        if self.mode == "slow":
            await asyncio.sleep(self.seconds)
        if self.mode == "refuse-temporary":
            return "451 4.3.0 try again later"
        if self.mode == "refuse-permanent":
            return "550 5.1.1 no such mailbox"
        self.count += 1
        content = envelope.content or b""
        raw = content if isinstance(content, bytes) else content.encode()
        sender = envelope.mail_from or ""
        self.mails.append(Stored(self.count, sender, tuple(envelope.rcpt_tos), raw))
        return "250 2.0.0 kept"

    def newest(self, to: str | None, limit: int) -> list[Stored]:
        found = (mail for mail in reversed(self.mails) if to is None or to in mail.to)
        return [mail for mail, _ in zip(found, range(limit), strict=False)]

    def find(self, number: int) -> Stored | None:
        return next((mail for mail in self.mails if mail.id == number), None)


def application(sink: Sink) -> Starlette:
    """`/` and `/mails/<id>` for people, `/api/…` for tests."""

    def page(request: Request, template: str, **given: Any) -> Response:
        return _PAGES.TemplateResponse(request, template, given, headers=_POLICY)

    async def index(request: Request) -> Response:
        mails = [mail.as_json for mail in sink.newest(None, PAGE_LENGTH)]
        return page(request, "mails.html", count=sink.count, mails=mails)

    async def show(request: Request) -> Response:
        mail = sink.find(request.path_params["number"])
        return page(request, "mail.html", mail=mail and mail.as_json)

    async def html_part(request: Request) -> Response:
        mail = sink.find(request.path_params["number"])
        part = mail.as_json["html"] if mail else None
        policy = "sandbox; default-src 'none'; style-src 'unsafe-inline'"
        return HTMLResponse(part or "", headers={"Content-Security-Policy": policy})

    async def messages(request: Request) -> Response:
        if request.method == "DELETE":
            sink.mails.clear()
            sink.count = 0
            return Response(status_code=204)
        limit = request.query_params.get("limit", "100")
        if not (limit.isascii() and limit.isdigit() and 1 <= int(limit[:9]) <= KEEP_NEWEST):
            return JSONResponse({"error": f"limit: 1 to {KEEP_NEWEST}"}, status_code=400)
        found = sink.newest(request.query_params.get("to"), int(limit))
        return JSONResponse([mail.as_json for mail in found])

    async def source(request: Request) -> Response:
        mail = sink.find(request.path_params["number"])
        status = 200 if mail else 404
        return Response(mail.raw if mail else b"", status, media_type="message/rfc822")

    async def count(request: Request) -> Response:
        return JSONResponse({"count": sink.count})

    async def behaviour(request: Request) -> Response:
        try:
            wanted = await request.json()
            mode, seconds = wanted["mode"], float(wanted.get("seconds", 0))
        except (ValueError, KeyError, TypeError):
            mode, seconds = None, 0.0
        if mode not in MODES or not 0 <= seconds <= 600:
            told = f"mode: one of {', '.join(MODES)}; seconds: 0 to 600"
            return JSONResponse({"error": told}, status_code=400)
        sink.mode, sink.seconds = mode, seconds
        return JSONResponse({"mode": sink.mode, "seconds": sink.seconds})

    return Starlette(
        routes=[
            Route("/", index),
            Route("/mails/{number:int}", show),
            Route("/mails/{number:int}/html", html_part),
            Route("/api/messages", messages, methods=["GET", "DELETE"]),
            Route("/api/messages/{number:int}/raw", source),
            Route("/api/count", count),
            Route("/api/behaviour", behaviour, methods=["PUT"]),
        ]
    )


async def serve(smtp_port: int, http_port: int) -> None:
    sink = Sink()
    server = await asyncio.get_running_loop().create_server(
        lambda: SMTP(sink, enable_SMTPUTF8=sink.mode != "ascii-only", data_size_limit=MAX_BYTES),
        "127.0.0.1",
        smtp_port,
    )
    config = uvicorn.Config(
        application(sink), host="127.0.0.1", port=http_port, log_level="warning", lifespan="off"
    )
    async with server:
        await uvicorn.Server(config).serve()


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--smtp", type=int, required=True)
    parser.add_argument("--http", type=int, required=True)
    options = parser.parse_args()
    asyncio.run(serve(options.smtp, options.http))


if __name__ == "__main__":
    main()
