"""A stack that ends, however it does."""

import os
import signal
import subprocess
import sys
from pathlib import Path
from uuid import uuid4

import pytest

from triskel.chassis.testing import wait_until

pytestmark = pytest.mark.connected


def _with_mark(mark: str) -> list[int]:
    """The processes that have a variable of this test in their environment."""
    found = []
    for entry in Path("/proc").iterdir():
        if entry.name.isdigit() and int(entry.name) != os.getpid():
            try:
                if mark.encode() in (entry / "environ").read_bytes():
                    found.append(int(entry.name))
            except OSError:
                continue
    return found


@pytest.mark.parametrize(
    ("while_it_is", "how", "code"),
    [
        ("starting PostgreSQL", signal.SIGINT, 130),
        ("starting PostgreSQL", signal.SIGTERM, 130),
        ("starting the four services", signal.SIGINT, 130),
        ("importing the official files", signal.SIGTERM, 130),
        ("starting the four services", signal.SIGKILL, -9),
    ],
)
def test_a_stack_that_is_stopped_in_any_way_leaves_no_process_behind(
    tmp_path: Path, while_it_is: str, how: signal.Signals, code: int
) -> None:
    mark = f"MARK_{uuid4().hex}"
    process = subprocess.Popen(
        [sys.executable, "-m", "triskel.cli", "demo"],
        cwd=tmp_path,
        env=os.environ | {mark: "1"},
        stderr=subprocess.PIPE,
        stdout=subprocess.DEVNULL,
        text=True,
    )
    assert process.stderr is not None
    for line in process.stderr:
        if line.startswith(while_it_is):
            break
    wait_until(lambda: len(_with_mark(mark)) > 5)
    process.send_signal(how)
    _, errors = process.communicate()
    assert process.returncode == code
    assert "Traceback" not in errors
    wait_until(lambda: not _with_mark(mark))
