"""A supervisor keeps a child for a parent that wants it, and for nobody else."""

import os
import signal
import subprocess
import sys
from pathlib import Path

import pytest

from triskel.chassis.testing import wait_until
from triskel.sandbox import supervisor


def supervised(
    tmp_path: Path,
    *command: str,
    log: str = "log",
    pid: str = "pid",
    parent: int | None = None,
    wanted: bool = True,
) -> subprocess.Popen[str]:
    """A supervisor as `Child` starts it, whose files are where a test wants them."""
    options = ["--parent", str(parent or os.getpid())]
    options += ["--log", str(tmp_path / log), "--pid", str(tmp_path / pid)]
    return subprocess.Popen(
        [sys.executable, "-I", "-S", supervisor.__file__, *options, "--", *command],
        stdin=subprocess.PIPE if wanted else subprocess.DEVNULL,
        stderr=subprocess.PIPE,
        text=True,
        start_new_session=True,
    )


def said_by(process: subprocess.Popen[str]) -> str:
    """What it said, once it has ended by itself: its end of the pipe is not closed before."""
    process.wait()
    _, errors = process.communicate()
    return errors


def test_a_supervisor_keeps_its_child_while_its_parent_lives(tmp_path: Path) -> None:
    """The control of the next ones: what they see not happen, happens."""
    process = supervised(
        tmp_path, "sh", "-c", "touch $0; exec sleep infinity", f"{tmp_path}/started"
    )
    wait_until((tmp_path / "started").exists)
    wait_until((tmp_path / "pid").exists)
    child = int((tmp_path / "pid").read_text())
    os.kill(child, 0)
    _, errors = process.communicate()  # closes its input
    assert errors == ""
    with pytest.raises(ProcessLookupError):
        os.kill(child, 0)


def test_a_supervisor_whose_directory_is_gone_says_nothing_and_starts_nothing(
    tmp_path: Path,
) -> None:
    started = tmp_path / "started"
    process = supervised(tmp_path, "touch", str(started), log="gone/log", pid="gone/pid")
    assert said_by(process) == ""
    assert not started.exists()


def test_a_supervisor_whose_parent_is_gone_starts_nothing(tmp_path: Path) -> None:
    started = tmp_path / "started"
    gone = subprocess.Popen(["true"])
    gone.wait()
    for parent in (gone.pid, os.getppid()):
        process = supervised(tmp_path, "touch", str(started), parent=parent)
        assert said_by(process) == ""
        assert not started.exists()


def test_a_supervisor_that_nobody_wants_when_it_comes_up_starts_nothing(tmp_path: Path) -> None:
    started = tmp_path / "started"
    process = supervised(tmp_path, "touch", str(started), wanted=False)
    assert said_by(process) == ""
    assert list(tmp_path.iterdir()) == []


def test_a_supervisor_whose_directory_goes_while_it_starts_stops_what_it_has_started(
    tmp_path: Path,
) -> None:
    process = supervised(tmp_path, "sleep", "infinity", pid="gone/pid")
    assert said_by(process) == ""
    assert process.returncode == -signal.SIGTERM % 256
