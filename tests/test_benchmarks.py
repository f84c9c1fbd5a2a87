"""Every group of `make bench` still measures, in one tiny round whose figures mean nothing."""

import gc
import math
import subprocess
import sys
import threading
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path
from urllib.parse import urlsplit

import pytest

from benchmarks.__main__ import GROUPS, outcomes, run
from benchmarks.debezium import LOCK, NAME
from benchmarks.measuring import Ratio
from triskel.sandbox import SandboxError, open_kafka, open_postgres
from triskel.sandbox.jars import class_path

CommandLines = Callable[[], list[str]]
Servers = tuple[str, str]


@pytest.fixture(scope="module")
def servers(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Servers]:
    """Of their own: Debezium needs logical decoding, readers a log that nobody else fills."""
    home = tmp_path_factory.mktemp("benchmarks")
    with (
        open_postgres(home / "postgres", wal_level="logical") as postgres,
        open_kafka("bench", home / "kafka") as kafka,
    ):
        yield postgres.url, kafka.bootstrap


@contextmanager
def watching(command_lines: CommandLines, secret: str) -> Iterator[set[str]]:
    """The command lines that ever held a text meanwhile."""
    found: set[str] = set()
    done = threading.Event()

    def look() -> None:
        # who is given an address on its command line lives for seconds
        while not done.wait(0.1):
            found.update(line for line in command_lines() if secret in line)

    watcher = threading.Thread(target=look)
    watcher.start()
    try:
        yield found
    finally:
        done.set()
        watcher.join()


# a reader that is stopped while it connects leaves a connection of aiokafka to the collector
@pytest.mark.filterwarnings("ignore::pytest.PytestUnraisableExceptionWarning")
@pytest.mark.connected
@pytest.mark.parametrize("group", GROUPS)
async def test_a_group_measures_and_shows_no_password(
    group: str, servers: Servers, command_lines: CommandLines
) -> None:
    if group in ("debezium", "delays"):
        try:
            class_path(NAME, LOCK)
        except SandboxError as error:
            pytest.skip(f"the peer of this group cannot be installed: {error}")
    password = urlsplit(servers[0]).password
    assert password
    with watching(command_lines, password) as shown:
        ratios = await run(group, *servers, rounds=1, tiny=True)
    gc.collect()  # here, not in a test elsewhere
    assert ratios
    for ratio in ratios:
        assert len(ratio.rounds) == 1
        assert all(math.isfinite(each) and each > 0 for each in (*ratio.ours, *ratio.theirs)), ratio
    assert not shown


def test_a_password_on_a_command_line_would_be_seen(command_lines: CommandLines) -> None:
    """The control."""
    shows = [sys.executable, "-c", "input()", "postgresql://postgres:a-secret@127.0.0.1/bench"]
    with (
        watching(command_lines, "a-secret") as shown,
        subprocess.Popen(shows, stdin=subprocess.PIPE) as process,
    ):
        while not shown:
            assert process.poll() is None
        assert process.stdin is not None
        process.stdin.write(b"\n")
    assert len(shown) == 1


def test_a_group_that_fails_is_told_and_the_others_are_measured() -> None:
    ratio = Ratio("one", 1, 2, (1.0,), (1.0,), "s")

    def measure(group: str) -> list[Ratio]:
        if group == "broken":
            raise RuntimeError("500 Internal Server Error")
        return [ratio]

    first, second, third = outcomes(["first", "broken", "last"], measure)
    assert first == ("first", [ratio])
    assert isinstance(second[1], RuntimeError)
    assert third == ("last", [ratio])


def test_make_bench_names_its_groups_and_refuses_others(tmp_path: Path) -> None:
    done = subprocess.run(
        [sys.executable, "-m", "benchmarks", "nothing"],
        cwd=Path(__file__).parents[1],
        capture_output=True,
        text=True,
        check=False,
    )
    assert done.returncode == 2
    assert "no such group: nothing" in done.stderr
    assert all(group in done.stderr for group in GROUPS)
