"""Random walks of people through a service: hypothesis drives it from outside its event loop."""

import asyncio
from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any

from fastapi import FastAPI

from triskel.chassis.client import ApiClient
from triskel.chassis.clock import FixedClock
from triskel.chassis.service import ServiceSpec, create_app
from triskel.chassis.testing.client import client_of, settings_for
from triskel.chassis.testing.fixtures import FreshDatabase
from triskel.chassis.testing.tokens import Tokens

WALKS: dict[str, Any] = {"max_examples": 25, "stateful_step_count": 25}
"""Hypothesis settings of a walk."""


@contextmanager
def on_its_own_loop(
    spec: ServiceSpec[Any],
    fresh_database: FreshDatabase,
    tokens: Tokens,
    clock: FixedClock,
) -> Iterator[tuple[asyncio.Runner, ApiClient, FastAPI]]:
    """A service on a new database, and the runner that every coroutine of it must go through."""
    with asyncio.Runner() as runner:
        url = runner.run(fresh_database(spec.migrations))
        its = settings_for(spec.settings, url, tokens)
        app = create_app(spec, its, clock=clock, connect=False, fetch=tokens.fetch)
        context = client_of(app)
        client = runner.run(context.__aenter__())
        yield runner, client, app
        runner.run(context.__aexit__(None, None, None))
