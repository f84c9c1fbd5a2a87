"""Fixtures for every test of the house: real PostgreSQL, Kafka and mail, tokens, a clock."""

import gc
import os
import signal
import subprocess
import sys
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
from hypothesis import HealthCheck, settings
from xdist.scheduler import LoadScopeScheduling

# all that is imported stays: to look through it again and again is a fifth of what importing costs
gc.disable()

pytest_plugins = ["triskel.sandbox.fixtures", "triskel.chassis.testing.fixtures"]


def pytest_configure() -> None:
    # in the background of a script a run ignores SIGINT, and would hand that on to the processes
    # whose stop by it is tested
    if signal.getsignal(signal.SIGINT) is signal.SIG_IGN:
        signal.signal(signal.SIGINT, signal.default_int_handler)


def pytest_collection_finish() -> None:
    """Then Python's collector works as it does in a service."""
    from triskel.chassis.service import tune_gc

    tune_gc()


# the same examples in every run, however busy the machine is; `--hypothesis-profile=default` looks
# for others
settings.register_profile(
    "triskel",
    deadline=None,
    derandomize=True,
    database=None,
    suppress_health_check=[HealthCheck.too_slow],
)
settings.load_profile("triskel")

LOOK_AT_ONE_STACK = "tests/running/"
"""where the files are whose tests share the running services of the fixture `stack`"""


class _FilesTogether(LoadScopeScheduling):
    """The tests of a file go to one worker, as they share what is made once for it."""

    def _split_scope(self, nodeid: str) -> str:
        file = nodeid.partition("::")[0]
        return LOOK_AT_ONE_STACK if file.startswith(LOOK_AT_ONE_STACK) else file


def pytest_xdist_make_scheduler(config: pytest.Config, log: Any) -> _FilesTogether:
    # `--dist loadgroup` would do, but its marks are lost with pytest 9.2 (pytest-xdist 3.8)
    return _FilesTogether(config, log)


@pytest.fixture(scope="session")
def triskel() -> Callable[..., subprocess.CompletedProcess[str]]:
    """Runs the command line in a process of its own, as a person would."""

    def run(
        *words: str,
        cwd: Path | None = None,
        environment: dict[str, str] | None = None,
        input: str | None = None,
    ) -> subprocess.CompletedProcess[str]:
        kept = {name: v for name, v in os.environ.items() if not name.startswith("TRISKEL_")}
        return subprocess.run(
            [sys.executable, "-m", "triskel.cli", *words],
            cwd=cwd,
            env=kept | {"COLUMNS": "200"} | (environment or {}),
            input=input,
            capture_output=True,
            text=True,
            check=False,
        )

    return run
