"""The registry's HTTP side on its real migrated database, for all of its tests."""

from collections.abc import AsyncIterator

import pytest

from triskel.chassis.clock import FixedClock
from triskel.chassis.testing import Client, Tokens, client_of, settings_for
from triskel.chassis.testing.fixtures import FreshDatabase
from triskel.registry.main import MIGRATIONS, build
from triskel.registry.settings import Settings


@pytest.fixture
async def client(
    fresh_database: FreshDatabase, tokens: Tokens, clock: FixedClock
) -> AsyncIterator[Client]:
    """It has its application as `app`."""
    settings = settings_for(Settings, await fresh_database(MIGRATIONS), tokens)
    app = build(settings, clock=clock, connect=False, fetch=tokens.fetch)
    async with client_of(app) as client:
        client.app = app  # type: ignore[attr-defined]
        yield client
