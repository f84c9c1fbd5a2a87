"""How a command reaches the services: addresses, tokens, and answers or one line for a person."""

import asyncio
import os
from collections.abc import Awaitable, Callable
from dataclasses import dataclass
from typing import Any, TypeVar

import httpx

from triskel.chassis.client import ApiClient, ApiProblem, TokenIssuer, content_of
from triskel.cli.console import Exit, stop
from triskel.cli.stack import SERVICE_PORTS, running_stack

T = TypeVar("T")


@dataclass
class Connection:
    """To one stack: the one that runs from this directory, or the one that the environment names
    (TRISKEL_REGISTRY_URL and so on, with TRISKEL_TOKEN)."""

    urls: dict[str, str]
    issuer: TokenIssuer | None
    bootstrap: str | None

    @classmethod
    def find(cls) -> "Connection":
        """Raises `Failure` when neither is there."""
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
        bootstrap = os.environ.get("TRISKEL_KAFKA_BOOTSTRAP")
        if stack is None:
            return cls(urls, None, bootstrap)
        infrastructure = stack.infrastructure
        secret = infrastructure.client_secret
        issuer = TokenIssuer(infrastructure.issuer, secret, stack.region) if secret else None
        return cls(urls, issuer, bootstrap or infrastructure.kafka_bootstrap)

    def token(self, roles: str, **claims: str) -> str:
        """Raises `Failure` when none can be had."""

        async def granted(client: ApiClient) -> str:
            return await self._token(client, roles, **claims)

        return self._run(granted, 30)

    def ask(
        self,
        method: str,
        service: str,
        path: str,
        roles: str = "ops",
        *,
        timeout: float = 30,
        **options: Any,
    ) -> Any:
        """The JSON answer, or the text of one that is not JSON; `timeout` in seconds. Raises
        `Failure` with the problem's own words."""
        if service not in self.urls:
            stop(f"where is {service}? set TRISKEL_{service.upper()}_URL", Exit.CONFIG)

        async def asked(client: ApiClient) -> Any:
            token = await self._token(client, roles)
            return await client.ask(method, service, path, token=token, **options)

        return self._run(asked, timeout)

    def ask_issuer(self, issuer: TokenIssuer, method: str, path: str, **options: Any) -> Any:
        """The JSON answer of the embedded issuer to its owner. Raises as `ask`."""

        async def asked(client: ApiClient) -> Any:
            # 'triskel' is the owner's own name at the issuer
            owner = ("triskel", issuer.client_secret)
            return content_of(
                await client.request(method, f"{issuer.url}{path}", auth=owner, **options)
            )

        return self._run(asked, 30)

    async def _token(self, client: ApiClient, roles: str, **claims: str) -> str:
        if given := os.environ.get("TRISKEL_TOKEN"):
            return given
        if self.issuer is None:
            stop(
                "the embedded issuer is not in use: put a token of yours into TRISKEL_TOKEN",
                Exit.CONFIG,
            )
        try:
            return await client.token(roles, **{"subject": "command-line"} | claims)
        except ApiProblem as problem:
            stop(f"no token: {problem}", Exit.REFUSED)

    def _run(self, use: Callable[[ApiClient], Awaitable[T]], timeout: float) -> T:
        async def used() -> T:
            async with ApiClient(self.urls, self.issuer, timeout=timeout) as client:
                return await use(client)

        try:
            return asyncio.run(used())
        except ApiProblem as problem:
            stop(str(problem), Exit.REFUSED if problem.status < 500 else Exit.UNAVAILABLE)
        except httpx.HTTPError as error:
            stop(f"{error.request.url} does not answer ({type(error).__name__})", Exit.UNAVAILABLE)
