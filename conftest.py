"""Fixtures for every test of the house: real PostgreSQL, Kafka and mail, tokens, a clock."""

import os
import subprocess
import sys
from collections.abc import Callable
from pathlib import Path

import pytest

pytest_plugins = ["triskel.sandbox.fixtures", "triskel.chassis.testing.fixtures"]


@pytest.fixture(scope="session")
def triskel() -> Callable[..., subprocess.CompletedProcess[str]]:
    """Runs the front desk in a process of its own, as a person would."""

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
            timeout=120,
            check=False,
        )

    return run
