"""An HTTP client inside the process, and settings for a service under test."""

from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from typing import Any

import httpx
from fastapi import FastAPI

from triskel.chassis.client import ApiClient
from triskel.chassis.settings import Settings
from triskel.chassis.testing.tokens import Tokens

LINK_KEY = "the tests' own secret of links' tokens"
NOBODY_LISTENS = "127.0.0.1:9"


def settings_for(kind: type[Settings], database_url: str, tokens: Tokens, **more: Any) -> Settings:
    """Settings of a service in region FRH0 whose broker is not there."""
    given: dict[str, Any] = {
        "regions": ("FRH0",),
        "database_url": database_url,
        "kafka_bootstrap": NOBODY_LISTENS,
        "issuers": (tokens.issuer,),
        "port": 8000,
        # for the services that seal or open links
        "link_keys": (LINK_KEY,),
    }
    return kind(**(given | more))


@asynccontextmanager
async def client_of(app: FastAPI) -> AsyncIterator[ApiClient]:
    """The application with its lifespan."""
    transport = httpx.ASGITransport(app=app, raise_app_exceptions=False)
    async with (
        app.router.lifespan_context(app),
        ApiClient(transport=transport, base_url="http://test") as client,
    ):
        yield client
