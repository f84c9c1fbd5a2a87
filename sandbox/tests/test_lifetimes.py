"""No process outlives its parent, however the parent ends; no two parents share a directory."""

import os
import signal
import socket
import subprocess
import sys
import time
from pathlib import Path

import pytest

from triskel.chassis.testing import wait_until
from triskel.sandbox import Ports, SandboxError, open_postgres, open_sandbox

ELSEWHERE = "127.0.0.1:1"  # a broker of one's own: none is started, which is quick
PARENT = """
import os, sys, time
from pathlib import Path
from triskel.sandbox import open_sandbox
with open_sandbox(data=Path(sys.argv[1])):
    if sys.argv[2] == "fork" and os.fork() == 0:
        time.sleep(600)
    print("up", flush=True)
    time.sleep(600)
"""


# a Kafka that never comes up: it says so, and stays
HANGING_JAVA = """#!/bin/sh
case "$*" in
  -version) echo 'openjdk version "21"' >&2 ;;
  *kafka.Kafka*) echo $$ > "$HANGS"; exec sleep infinity ;;
esac
"""


def parents() -> dict[int, int]:
    """The parent of each process that lives (a zombie does not)."""
    found = {}
    for stat in Path("/proc").glob("[0-9]*/stat"):
        try:
            state, parent = stat.read_text().rpartition(")")[2].split()[:2]
        except OSError:  # it ended in this moment
            continue
        if state not in "ZX":
            found[int(stat.parent.name)] = int(parent)
    return found


def descendants(pid: int) -> set[int]:
    family, found = parents(), set[int]()
    young = {pid}
    while young:
        young = {child for child, parent in family.items() if parent in young}
        found |= young
    return found


def wait_until_gone(pids: set[int]) -> None:
    while pids & parents().keys():
        time.sleep(0.05)


def start(data: Path, fork: str = "", kafka: str = ELSEWHERE) -> subprocess.Popen[str]:
    parent = subprocess.Popen(
        [sys.executable, "-c", PARENT, str(data), fork],
        stdout=subprocess.PIPE,
        stderr=subprocess.DEVNULL,
        text=True,
        env=os.environ | {"TRISKEL_KAFKA_BOOTSTRAP": kafka},
        start_new_session=True,
    )
    assert parent.stdout is not None
    assert parent.stdout.readline() == "up\n"
    return parent


def end(parent: subprocess.Popen[str], number: signal.Signals, *, group: bool = False) -> None:
    (os.killpg if group else os.kill)(parent.pid, number)
    parent.wait()
    assert parent.stdout is not None
    parent.stdout.close()


@pytest.mark.connected
def test_kill_9_leaves_no_process_and_the_next_start_finds_all_in_order(tmp_path: Path) -> None:
    parent = start(tmp_path, kafka="")
    family = descendants(parent.pid)
    commands = [(Path("/proc") / str(pid) / "cmdline").read_bytes() for pid in family]
    for server in (b"postgres", b"kafka.Kafka", b"sandbox.mail", b"sandbox.issuer"):
        assert any(server in command for command in commands), server
    end(parent, signal.SIGKILL)
    # at once: the killed parent's servers are still closing their files
    with open_sandbox(data=tmp_path):
        pass
    wait_until_gone(family)


@pytest.mark.connected
@pytest.mark.parametrize(("number", "group"), [(signal.SIGTERM, False), (signal.SIGINT, True)])
def test_a_signal_leaves_no_process(tmp_path: Path, number: signal.Signals, group: bool) -> None:
    parent = start(tmp_path)
    family = descendants(parent.pid)
    assert len(family) > 6
    end(parent, number, group=group)
    wait_until_gone(family)


@pytest.mark.connected
def test_a_fork_that_outlives_the_parent_does_not_keep_its_servers(tmp_path: Path) -> None:
    parent = start(tmp_path, fork="fork")
    children = {pid for pid, its_parent in parents().items() if its_parent == parent.pid}
    (fork,) = [
        pid
        for pid in children
        if b"supervisor" not in (Path("/proc") / str(pid) / "cmdline").read_bytes()
    ]
    family = descendants(parent.pid) - {fork}
    try:
        end(parent, signal.SIGKILL)
        wait_until_gone(family)
    finally:
        os.kill(fork, signal.SIGKILL)
        wait_until_gone(family)


@pytest.mark.connected
def test_a_killed_supervisor_takes_its_server_along(tmp_path: Path) -> None:
    with open_postgres(tmp_path) as server:
        servers = {server.child.pid} | descendants(server.child.pid)
        os.kill(parents()[server.child.pid], signal.SIGKILL)
        wait_until_gone(servers)


@pytest.mark.connected
def test_a_second_sandbox_on_the_same_data_is_refused(tmp_path: Path) -> None:
    parent = start(tmp_path)
    try:
        with (
            pytest.raises(SandboxError, match=r"another Triskel uses .*stop it"),
            open_sandbox(data=tmp_path),
        ):
            pass
    finally:
        end(parent, signal.SIGTERM)


@pytest.mark.connected
@pytest.mark.parametrize("part", ["issuer", "smtp", "postgres", "kafka"])
def test_a_taken_port_is_named_and_nothing_is_left_running(
    part: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    if part != "kafka":
        monkeypatch.setenv("TRISKEL_KAFKA_BOOTSTRAP", ELSEWHERE)
    before = descendants(os.getpid())
    with socket.socket() as other:
        other.bind(("127.0.0.1", 0))
        other.listen()
        port = other.getsockname()[1]
        with (
            pytest.raises(SandboxError, match=f"port {port}.*is taken"),
            open_sandbox(ports=Ports(**{part: port})),
        ):
            pass
    assert descendants(os.getpid()) <= before


@pytest.fixture
def hangs(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """A stack here gets stuck in the start of its Kafka, whose process then tells itself in this
    file. Only temporary directories below `tmp_path` are used."""
    java = tmp_path / "java" / "bin" / "java"
    java.parent.mkdir(parents=True)
    java.write_text(HANGING_JAVA)
    java.chmod(0o755)
    temporary = tmp_path / "temporary"
    temporary.mkdir()
    told = tmp_path / "hangs"
    monkeypatch.setenv("JAVA_HOME", str(tmp_path / "java"))
    monkeypatch.setenv("TMPDIR", str(temporary))
    monkeypatch.setattr("tempfile.tempdir", None)
    monkeypatch.setenv("HANGS", str(told))
    monkeypatch.setenv("TRISKEL_POSTGRES_URL", "postgresql://postgres@127.0.0.1:1/postgres")
    monkeypatch.delenv("TRISKEL_KAFKA_BOOTSTRAP", raising=False)
    return told


def kept_directories(tmp_path: Path) -> list[Path]:
    directories = (tmp_path / "temporary").glob("triskel-*")
    return [path for path in directories if not path.name.startswith("triskel-ports")]


@pytest.mark.connected
@pytest.mark.parametrize("number", [signal.SIGINT, signal.SIGTERM])
def test_a_part_that_never_comes_up_is_stopped_with_the_others(
    hangs: Path, tmp_path: Path, number: signal.Signals
) -> None:
    script = """
import signal, sys
from triskel.sandbox import open_sandbox
signal.signal(signal.SIGTERM, signal.default_int_handler)
try:
    with open_sandbox():
        pass
except KeyboardInterrupt:
    sys.exit("interrupted")
"""
    parent = subprocess.Popen(
        [sys.executable, "-c", script], stderr=subprocess.PIPE, text=True, start_new_session=True
    )
    wait_until(lambda: hangs.exists() and hangs.read_text())
    family = descendants(parent.pid)
    assert int(hangs.read_text()) in family
    parent.send_signal(number)
    _, errors = parent.communicate()
    # nothing else is said, and all is gone already
    assert (parent.returncode, errors) == (1, "interrupted\n")
    assert not family & parents().keys()
    assert kept_directories(tmp_path) == []


@pytest.mark.connected
def test_a_part_that_fails_is_told_while_another_one_is_still_starting(
    hangs: Path, tmp_path: Path
) -> None:
    before = descendants(os.getpid())

    def fail_once_kafka_hangs(said: str) -> None:
        if said == "mail is up":
            wait_until(lambda: hangs.exists() and hangs.read_text())
            raise SandboxError("the mail cannot be told")

    with (
        pytest.raises(SandboxError, match="the mail cannot be told"),
        open_sandbox(say=fail_once_kafka_hangs),
    ):
        pass
    assert int(hangs.read_text()) not in parents()
    assert descendants(os.getpid()) <= before
    assert kept_directories(tmp_path) == []
