"""The HTTP client of our services: keys, versions, tokens, pages and problems, in one place.

The command line, the demo, the faults and the tests speak to services through it.
"""

import asyncio
import time
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any
from uuid import uuid4

import httpx

from triskel.chassis.headers import ORGANISATION_HEADER
from triskel.contracts.codes import Role
from triskel.contracts.people_codes import MEMBER_AS

RENEW_SECONDS = 60.0
"""A token that ends sooner is asked for anew."""
LONGEST_PAGE = 200
PATIENCE_SECONDS = 600.0
"""For which a service that is down, or has not heard yet of a new member, is asked again."""


class ApiProblem(Exception):
    """A service refused. The text is the problem (RFC 9457) in one line; `rule` is the last part
    of its type, empty when the answer is no problem of ours."""

    def __init__(self, answer: httpx.Response) -> None:
        super().__init__(problem_text(answer))
        self.answer = answer
        self.status = answer.status_code
        self.rule = rule_of(answer)


@dataclass(frozen=True)
class TokenIssuer:
    """Where tokens come from (client credentials), and the region that they are for."""

    url: str
    client_secret: str
    region: str


class ApiClient(httpx.AsyncClient):
    """An httpx client that knows what our services expect.

    A POST gets an Idempotency-Key of its own unless it brings one. `services` has the address of
    each service by name; `issuer` is needed for tokens only. All else is httpx's.
    """

    def __init__(
        self,
        services: Mapping[str, str] | None = None,
        issuer: TokenIssuer | None = None,
        **options: Any,
    ) -> None:
        super().__init__(**options)
        self.services = dict(services or {})
        self._issuer = issuer
        self._tokens: dict[tuple[tuple[str, str], ...], tuple[float, str]] = {}
        self._acts_for: dict[str, str] = {}
        self._members: dict[tuple[str, ...], asyncio.Task[bool]] = {}

    async def request(
        self,
        method: str,
        url: Any,
        *,
        version: int | None = None,
        token: str | None = None,
        **options: Any,
    ) -> httpx.Response:
        """`version` is the one that a change begins from (If-Match). Whatever the answer's status
        is, it is returned; raises httpx's errors when there is none. With a `token` that was got
        for an organisation, a service that has not heard of the membership is asked again."""
        headers = httpx.Headers(options.pop("headers", None))
        if method == "POST":
            headers.setdefault("Idempotency-Key", str(uuid4()))
        if version is not None:
            headers["If-Match"] = f'"{version}"'
        if token is not None:
            headers["Authorization"] = f"Bearer {token}"
        organisation = self._acts_for.get(token or "")
        if organisation is None:
            return await super().request(method, url, headers=headers, **options)
        headers.setdefault(ORGANISATION_HEADER, organisation)
        deadline = time.monotonic() + PATIENCE_SECONDS
        while True:
            answer = await super().request(method, url, headers=headers, **options)
            unheard = answer.status_code == 403 and rule_of(answer) == "not-a-member"
            if not unheard or time.monotonic() > deadline:
                return answer
            await asyncio.sleep(0.05)

    async def ask(self, method: str, service: str, path: str, **options: Any) -> Any:
        """What a service answers: JSON, another text as it is, None without a body. Raises
        `ApiProblem` for a status from 400 on."""
        answer = await self.request(method, self.services[service] + path, **options)
        return content_of(answer)

    async def pages(self, service: str, path: str, **options: Any) -> list[Any]:
        """Every item of a list, page by page. Raises `ApiProblem` as `ask` does."""
        found: list[Any] = []
        following: str | None = None
        while True:
            given = {"limit": str(LONGEST_PAGE)} | ({"cursor": following} if following else {})
            whole = str(httpx.URL(path).copy_merge_params(given))
            page = await self.ask("GET", service, whole, **options)
            found += page["items"]
            following = page["next"]
            if following is None:
                return found

    async def token(self, roles: str, **claims: str) -> str:
        """A token for these roles (with blanks between), kept until a minute before its end.
        `claims` are `subject` and the like. With `organisation`, whose claim no service reads, its
        subject is made a member there by the coordinator, once, and requests with the token say
        that they act for it. Raises `ApiProblem`."""
        if self._issuer is None:
            raise ValueError("a token needs an issuer: this client was made without one")
        claims = {"subject": "somebody", "region": self._issuer.region, "roles": roles} | claims
        wanted = tuple(sorted(claims.items()))
        organisation = claims.pop("organisation", None)
        ends, token = self._tokens.get(wanted, (0.0, ""))
        now = time.monotonic()
        if now < ends - RENEW_SECONDS:
            return token
        form = {
            "grant_type": "client_credentials",
            "client_id": "triskel",
            "client_secret": self._issuer.client_secret,
        }
        answer = await self.request("POST", f"{self._issuer.url}/token", data=form | claims)
        granted = content_of(answer)
        token = str(granted["access_token"])
        if organisation is not None and await self._is_member(claims, organisation):
            self._acts_for[token] = organisation
        # not before: who asks for it meanwhile would act for nobody
        self._tokens[wanted] = (now + float(granted["expires_in"]), token)
        return token

    async def _is_member(self, claims: Mapping[str, str], organisation: str) -> bool:
        """Whether the subject of these claims is a member, or has become one now."""
        member = (claims["region"], claims["subject"], claims["roles"], organisation)
        if member not in self._members:
            self._members[member] = asyncio.ensure_future(self._enrol(claims, organisation))
        return await asyncio.shield(self._members[member])

    async def _enrol(self, claims: Mapping[str, str], organisation: str) -> bool:
        assert self._issuer is not None
        roles = [MEMBER_AS[Role(role)] for role in claims["roles"].split() if role in MEMBER_AS]
        if not roles or "registry" not in self.services:
            return False
        body = {
            "organisation_id": organisation,
            "issuer": self._issuer.url,
            "subject": claims["subject"],
            "roles": roles,
        }
        coordinator = await self.token("coordinator", region=claims["region"])
        deadline = time.monotonic() + PATIENCE_SECONDS
        while True:
            try:
                answer = await self.request(
                    *("POST", f"{self.services['registry']}/v1/memberships"),
                    json=body,
                    token=coordinator,
                )
            except httpx.TransportError:
                if time.monotonic() > deadline:
                    raise
            else:
                if answer.status_code < 500:
                    # who is one already may act; whom the registry refuses may not
                    return answer.is_success or rule_of(answer) == "already-a-member"
            await asyncio.sleep(0.1)


def content_of(answer: httpx.Response) -> Any:
    """The JSON of an answer, another text as it is, None without a body. Raises `ApiProblem`."""
    if answer.status_code >= 400:
        raise ApiProblem(answer)
    if not answer.content:
        return None
    kind = answer.headers.get("content-type", "")
    return answer.json() if kind.startswith("application/json") else answer.text


def rule_of(answer: httpx.Response) -> str:
    """The rule by which a service refused: the last part of the problem's type, else empty."""
    kind: str = _problem(answer).get("type") or ""
    return kind.rpartition(":")[2]


def problem_text(answer: httpx.Response) -> str:
    """A problem, or an OAuth error, in one line that a person can read."""
    known = _problem(answer)
    if not known:
        return f"{answer.status_code} {answer.reason_phrase}"
    detail: str = (
        known.get("detail")
        or known.get("error_description")
        or known.get("title")
        or answer.reason_phrase
    )
    error: dict[str, Any] = next(iter(known.get("errors") or ()), {})
    if not error.get("field"):
        return detail
    value = "" if error.get("value") is None else f" = {error['value']!r}"
    return f"{detail} ({error['field']}{value}; rule {error['rule']})"


def _problem(answer: httpx.Response) -> dict[str, Any]:
    try:
        known = answer.json()
    except ValueError:
        return {}
    return known if isinstance(known, dict) else {}
