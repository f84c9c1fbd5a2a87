"""Waiting in tests: for what is needed, as long as a busy machine takes, never for a time."""

import asyncio
import time
from collections.abc import Awaitable, Callable
from typing import TypeVar

POLL_SECONDS = 0.05
Found = TypeVar("Found")


async def eventually(
    ask: Callable[[], Awaitable[Found]], holds: Callable[[Found], object] = bool
) -> Found:
    """What `ask` gives, as soon as it holds. There is no limit: of a test that hangs pytest shows
    where (`faulthandler_timeout`)."""
    while not holds(found := await ask()):  # noqa: ASYNC110  (others change it)
        await asyncio.sleep(POLL_SECONDS)
    return found


async def until(holds: Callable[[], object]) -> None:
    """The same for what another task of this process changes."""
    while not holds():  # noqa: ASYNC110  (many things change it)
        await asyncio.sleep(POLL_SECONDS)


def wait_until(ask: Callable[[], Found]) -> Found:
    """The same for tests that are no coroutines: what `ask` gives, as soon as it is true."""
    while not (found := ask()):
        time.sleep(POLL_SECONDS)
    return found
