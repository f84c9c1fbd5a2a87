"""One stack for all journeys, started as a person starts it."""

from collections.abc import AsyncIterator, Callable, Iterator
from datetime import datetime
from pathlib import Path

import pytest

from triskel.chassis.client import ApiClient
from triskel.cli.demo.steps import ZONE
from triskel.cli.stack import Stack, open_stack


@pytest.fixture(scope="session")
def stack(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Stack]:
    """The four services on a broker and a database of their own, on 1 October 2025."""
    clock = datetime(2025, 10, 1, 10, tzinfo=ZONE)
    with open_stack(clock=clock, logs=tmp_path_factory.mktemp("stack")) as stack:
        yield stack


@pytest.fixture
async def client(stack: Stack) -> AsyncIterator[ApiClient]:
    async with stack.client() as client:
        yield client


@pytest.fixture
def command_lines() -> Callable[[], list[str]]:
    """What everybody on the machine can read of its processes."""

    def read() -> list[str]:
        found = []
        for each in Path("/proc").glob("[0-9]*/cmdline"):
            try:
                found.append(each.read_bytes().replace(b"\0", b" ").decode(errors="replace"))
            except OSError:
                continue  # it has ended meanwhile
        return found

    return read
