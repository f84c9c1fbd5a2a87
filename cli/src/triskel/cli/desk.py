"""The command line's own tools: where services are, tokens, answers, and how to say an error."""

import json
import os
from dataclasses import dataclass
from enum import IntEnum
from typing import Any, NoReturn
from uuid import uuid4

import httpx
import typer
from rich.console import Console

from triskel.cli.stack import SERVICE_PORTS, running_stack

out = Console(highlight=False)
err = Console(stderr=True, highlight=False, soft_wrap=True)


class Exit(IntEnum):
    """The exit codes, as sysexits.h names them."""

    OK = 0
    REFUSED = 1
    USAGE = 2
    UNAVAILABLE = 69
    SOFTWARE = 70
    CONFIG = 78
    INTERRUPTED = 130


EPILOG = (
    "Exit codes: 0 done; 1 refused or something was wrong with the data; 2 wrong use; "
    "69 something does not answer; 70 a fault of ours; 78 a wrong setting."
)


class Failure(Exception):
    """What a person is told in one line, and the exit code."""

    def __init__(self, text: str, code: Exit) -> None:
        super().__init__(text)
        self.code = code


def stop(text: str, code: Exit) -> NoReturn:
    raise Failure(text, code)


def show_json(value: Any) -> None:
    typer.echo(json.dumps(value, ensure_ascii=False, indent=2, default=str))


@dataclass
class Desk:
    """Speaks to one stack: the one that runs from this directory, or the one that the environment
    names (TRISKEL_REGISTRY_URL and so on, with TRISKEL_TOKEN)."""

    urls: dict[str, str]
    issuer: str | None
    secret: str | None
    region: str
    bootstrap: str | None

    @classmethod
    def find(cls) -> "Desk":
        stack = running_stack()
        urls = dict(stack.services) if stack else {}
        for service in SERVICE_PORTS:
            if given := os.environ.get(f"TRISKEL_{service.upper()}_URL"):
                urls[service] = given.rstrip("/")
        if not urls:
            stop(
                "no stack runs from this directory: start one with `triskel up`, or name yours "
                "with TRISKEL_REGISTRY_URL, TRISKEL_TOKEN and so on",
                Exit.UNAVAILABLE,
            )
        return cls(
            urls=urls,
            issuer=stack.infrastructure.issuer if stack else None,
            secret=stack.infrastructure.client_secret if stack else None,
            region=stack.region if stack else os.environ.get("TRISKEL_REGION", "FRH0"),
            bootstrap=os.environ.get("TRISKEL_KAFKA_BOOTSTRAP")
            or (stack.infrastructure.kafka_bootstrap if stack else None),
        )

    def token(
        self,
        roles: str,
        organisation: str | None = None,
        subject: str = "front-desk",
        contact: str | None = None,
    ) -> str:
        """Raises `Failure` when none can be had."""
        if given := os.environ.get("TRISKEL_TOKEN"):
            return given
        if self.issuer is None or self.secret is None:
            stop(
                "the embedded issuer is not in use: put a token of yours into TRISKEL_TOKEN",
                Exit.CONFIG,
            )
        form = {
            "grant_type": "client_credentials",
            "client_id": "triskel",
            "client_secret": self.secret,
            "subject": subject,
            "roles": roles,
            "region": self.region,
        }
        if organisation:
            form["organisation"] = organisation
        if contact:
            form["contact"] = contact
        answer = _sent("POST", f"{self.issuer}/token", data=form)
        if answer.status_code != 200:
            stop(f"no token: {answer.json().get('error_description', answer.text)}", Exit.REFUSED)
        token: str = answer.json()["access_token"]
        return token

    def ask(self, method: str, service: str, path: str, roles: str = "ops", **options: Any) -> Any:
        """The JSON answer. Raises `Failure` with the problem's own words."""
        answer = self._answer(method, service, path, roles, **options)
        return answer.json() if answer.content else None

    def text(self, service: str, path: str, roles: str) -> str:
        """What a GET answers, as it is. Raises `Failure` as `ask` does."""
        return self._answer("GET", service, path, roles).text

    def _answer(
        self, method: str, service: str, path: str, roles: str, **options: Any
    ) -> httpx.Response:
        if service not in self.urls:
            stop(f"where is {service}? set TRISKEL_{service.upper()}_URL", Exit.CONFIG)
        headers = {"Authorization": f"Bearer {self.token(roles)}"} | options.pop("headers", {})
        if method == "POST":
            headers.setdefault("Idempotency-Key", str(uuid4()))
        answer = _sent(method, self.urls[service] + path, headers=headers, **options)
        if answer.status_code >= 400:
            stop(problem(answer), Exit.REFUSED if answer.status_code < 500 else Exit.UNAVAILABLE)
        return answer


def _sent(method: str, url: str, **options: Any) -> httpx.Response:
    try:
        return httpx.request(method, url, timeout=options.pop("timeout", 30), **options)
    except httpx.HTTPError as error:
        stop(f"{url} does not answer ({type(error).__name__})", Exit.UNAVAILABLE)


def problem(answer: httpx.Response) -> str:
    """An RFC 9457 problem in one line."""
    try:
        known = answer.json()
    except ValueError:
        return f"{answer.status_code} {answer.reason_phrase}"
    detail: str = known.get("detail") or known.get("title") or answer.reason_phrase
    error: dict[str, Any] = next(iter(known.get("errors") or ()), {})
    if not error.get("field"):
        return detail
    value = "" if error.get("value") is None else f" = {error['value']!r}"
    return f"{detail} ({error['field']}{value}; rule {error['rule']})"
