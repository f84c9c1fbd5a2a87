"""What a scene is."""

from collections.abc import Awaitable, Callable
from dataclasses import dataclass
from datetime import date

from triskel.cli.demo.player import Player


@dataclass(frozen=True)
class Scene:
    """A day on which something happens beside the year's acts. `play` tells in one line what came
    of it, and raises `Failure` when a service answers otherwise than it should."""

    day: date
    title: str
    play: Callable[[Player], Awaitable[str]]
