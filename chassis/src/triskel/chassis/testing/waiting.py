"""Waiting in tests: for what is needed, as long as that takes, never for a number of seconds."""

import asyncio
import inspect
import time
from collections.abc import Callable
from typing import Any, TypeVar

POLL_SECONDS = 0.05
Found = TypeVar("Found")


async def eventually(ask: Callable[[], Any], holds: Callable[[Any], object] = bool) -> Any:
    """What `ask` gives (or what it is a coroutine of), as soon as that holds. There is no limit: of
    a test that hangs pytest shows where (`faulthandler_timeout`)."""
    while True:
        found = ask()
        if inspect.isawaitable(found):
            found = await found
        if holds(found):
            return found
        await asyncio.sleep(POLL_SECONDS)


def wait_until(ask: Callable[[], Found]) -> Found:
    """The same for tests that are no coroutines: what `ask` gives, as soon as it is true."""
    while not (found := ask()):
        time.sleep(POLL_SECONDS)
    return found
