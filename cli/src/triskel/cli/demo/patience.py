"""Asks the services over HTTP, each time in the role that it takes, and waits where one must."""

import asyncio
from collections import Counter
from collections.abc import Awaitable, Callable
from typing import Any, TypeVar
from uuid import NAMESPACE_URL, uuid5

import httpx

from triskel.chassis.client import ApiClient, ApiProblem, content_of, problem_text, rule_of
from triskel.cli.console import Exit, Failure
from triskel.cli.demo import SEED
from triskel.cli.demo.steps import COORDINATOR
from triskel.cli.stack import Stack

PATIENCE_SECONDS = 300.0
NOT_YET = (
    *("organisation-unknown", "school-not-ready", "host-not-ready", "partnership-not-ready"),
    "no-planned-activity",
)
"""Refusals that mean: the other service has not heard of it yet."""
CHANGED_BY_TIME = ("version-stale", "state-does-not-allow")
CHANGING = ("/v1/partnerships/", "/v1/activities/")
"""Some become active, at risk or overdue by themselves: whoever acts then looks at them again."""


T = TypeVar("T")


def expect(right: bool, what: str) -> None:
    """Raises `Failure` unless it is right."""
    if not right:
        raise Failure(f"expected {what}", Exit.SOFTWARE)


class PatientClient:
    """`ids` has the id of each school and host, by UAI or key."""

    def __init__(self, stack: Stack, client: ApiClient) -> None:
        self.stack = stack
        self.ids: dict[str, str] = {}
        self._client = client
        self._asked: Counter[str] = Counter()

    async def ask(
        self,
        method: str,
        service: str,
        path: str,
        role: str | None = None,
        of: str | None = None,
        *,
        json: Any = None,
        seen: int | None = None,
        key: str | None = None,
        **options: Any,
    ) -> Any:
        """The answer's JSON. `role` acts for `of`, nobody asks without a token; `seen` is the
        version that a change begins from. Raises `Failure` with the problem's words."""
        if json is not None:
            options["json"] = json
        answer = await self._send(
            method, service, path, role, of, key, {"version": seen} | options, waits=NOT_YET
        )
        try:
            return content_of(answer)
        except ApiProblem as problem:
            who = f"{method} {path} as {role or 'nobody'}"
            raise Failure(f"{who}: {problem}", Exit.SOFTWARE) from problem

    async def refused(
        self,
        method: str,
        service: str,
        path: str,
        role: str | None = None,
        of: str | None = None,
        *,
        rule: str,
        json: Any = None,
        seen: int | None = None,
        **options: Any,
    ) -> str:
        """The words of a refusal by this rule. Raises `Failure` if it is accepted, or refused by
        another rule."""
        if json is not None:
            options["json"] = json
        waits = tuple(name for name in NOT_YET if name != rule)
        answer = await self._send(
            method, service, path, role, of, None, {"version": seen} | options, waits=waits
        )
        if answer.status_code < 400:
            raise Failure(f"{method} {path}: accepted, but {rule} forbids it", Exit.SOFTWARE)
        if rule_of(answer) != rule:
            raise Failure(f"{method} {path}: not {rule}, but {problem_text(answer)}", Exit.SOFTWARE)
        words: str = answer.json()["detail"]
        return words

    async def get(self, service: str, path: str, role: str = "ops", of: str | None = None) -> Any:
        return await self.ask("GET", service, path, role, of)

    async def pages(
        self, service: str, path: str, role: str, of: str | None = None
    ) -> list[dict[str, Any]]:
        """Every item of a list, page by page."""
        return await self._client.pages(service, path, token=await self._token(role, of))

    async def mail(self, address: str, like: str = "") -> dict[str, Any]:
        """The newest mail to this address whose text has `like`, as soon as it has arrived."""

        async def newest() -> dict[str, Any] | None:
            url = f"{self.stack.infrastructure.mail_url}/api/messages"
            answer = await self._answer("GET", url, params={"to": address, "limit": 20})
            return next((mail for mail in answer.json() if like in (mail["text"] or "")), None)

        return await self.until(newest, f"a mail to {address}")

    async def until(self, look: Callable[[], Awaitable[T | None]], what: str) -> T:
        """What `look` finds, as soon as it finds something. Raises `Failure` after a while."""
        loop = asyncio.get_running_loop()
        deadline = loop.time() + PATIENCE_SECONDS
        while True:
            found = await look()
            if found:
                return found
            if loop.time() > deadline:
                raise Failure(f"{what} does not come", Exit.SOFTWARE)
            await asyncio.sleep(0.1)

    async def _send(
        self,
        method: str,
        service: str,
        path: str,
        role: str | None,
        of: str | None,
        key: str | None,
        options: dict[str, Any],
        *,
        waits: tuple[str, ...],
    ) -> httpx.Response:
        """What another service has not heard of yet is asked again for a while, and so is a
        service that is down."""
        headers = dict(options.pop("headers", {}))
        if role is not None:
            options["token"] = await self._token(role, of)
        if method == "POST" and role is not None:
            # the same step has the same key in every run, and a refusal is not kept under it; who
            # has no token brings a secret instead
            if key is None:
                self._asked[path] += 1
                key = f"{path}-{self._asked[path]}"
            headers["Idempotency-Key"] = str(uuid5(NAMESPACE_URL, f"{SEED}-{service}-{key}"))
        url = self.stack.services[service] + path
        loop = asyncio.get_running_loop()
        deadline = loop.time() + PATIENCE_SECONDS
        while True:
            answer = await self._answer(method, url, headers=headers, **options)
            again, status = answer.extensions["again"], answer.status_code
            # the answer that was lost had said yes: only a POST has a key to ask it again
            if again and method == "DELETE" and status == 404:
                return httpx.Response(204)
            if again and method in ("PUT", "PATCH") and status == 412:
                thing = "/".join(path.split("/")[:4])
                return await self._send("GET", service, thing, role, of, None, {}, waits=())
            rule = rule_of(answer) if answer.status_code in (409, 412) else ""
            if path.startswith(CHANGING) and rule in CHANGED_BY_TIME:
                one = "/".join(path.split("/")[:4])
                shown = await self._send("GET", service, one, COORDINATOR, None, None, {}, waits=())
                if path.endswith("/activate") and shown.json().get("state") == "active":
                    return shown
                if rule == "version-stale":
                    options["version"] = shown.json()["version"]
                    continue
            not_yet = rule in waits or answer.status_code == 503
            if not not_yet or loop.time() > deadline:
                return answer
            await asyncio.sleep(0.05)

    async def _answer(self, method: str, url: str, **options: Any) -> httpx.Response:
        """Asked again while nobody answers; then the extension `again` says so."""
        loop = asyncio.get_running_loop()
        deadline, again = loop.time() + PATIENCE_SECONDS, False
        while True:
            try:
                answer = await self._client.request(method, url, **options)
            except httpx.TransportError as error:
                if loop.time() > deadline:
                    why = f"{method} {url} is not answered ({type(error).__name__})"
                    raise Failure(why, Exit.SOFTWARE) from error
                again = True
                await asyncio.sleep(0.1)
            else:
                answer.extensions["again"] = again
                return answer

    async def _token(self, role: str, of: str | None) -> str:
        claims = {} if of is None else {"organisation": self.ids[of]}
        try:
            return await self._client.token(role, subject=f"{role}-{of or 'region'}", **claims)
        except ApiProblem as problem:
            raise Failure(f"no token for {role}: {problem}", Exit.SOFTWARE) from problem
