"""People who call the services of a running stack."""

from typing import Any

import httpx

from triskel.chassis.client import ApiClient
from triskel.chassis.testing import eventually


class Caller:
    """Somebody with a token, in which the subject is what the identity provider calls them."""

    def __init__(
        self, client: ApiClient, role: str, of: str | None = None, subject: str = ""
    ) -> None:
        self._client, self._role = client, role
        self._claims = {"subject": subject or f"{role}-{of}"}
        self._claims |= {"organisation": of} if of else {}

    async def call(
        self, method: str, service: str, path: str, body: Any = None, **options: Any
    ) -> httpx.Response:
        token = await self._client.token(self._role, **self._claims)
        url = self._client.services[service] + path
        return await self._client.request(method, url, json=body, token=token, **options)

    async def does(
        self, method: str, service: str, path: str, body: Any = None, **options: Any
    ) -> Any:
        """The answer's JSON, once other services know what it takes."""

        async def ask() -> httpx.Response:
            return await self.call(method, service, path, body, **options)

        answer = await eventually(ask, lambda answer: answer.status_code != 409)
        assert answer.status_code < 400, answer.text
        return answer.json() if answer.content else None
