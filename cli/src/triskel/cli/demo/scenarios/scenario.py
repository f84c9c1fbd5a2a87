"""What a scenario is."""

from collections.abc import Awaitable, Callable
from dataclasses import dataclass
from datetime import date

from triskel.cli.demo.runner import Runner


@dataclass(frozen=True)
class Scenario:
    """A day on which something happens beside the year's steps. `run` tells in one line what came
    of it, and raises `Failure` when a service answers otherwise than it should."""

    day: date
    title: str
    run: Callable[[Runner], Awaitable[str]]
