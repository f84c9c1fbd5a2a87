"""What the tests of the whole house look with."""

from collections.abc import Callable
from pathlib import Path

import pytest


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
