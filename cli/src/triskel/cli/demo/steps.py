"""What an step of the school year is, and when things happen."""

from dataclasses import dataclass
from datetime import date, time
from typing import Any
from zoneinfo import ZoneInfo

ZONE = ZoneInfo("Europe/Paris")
FIRST_DAY = date(2025, 9, 1)
LAST_DAY = date(2026, 6, 30)
STEPS_AT = time(18, 0)
"""Everything of a day happens at six in the evening, when the day's activities are over."""
SIGNED = date(2025, 9, 17)
"""By then every partnership that comes to life is signed."""

COORDINATOR = "coordinator"


@dataclass(frozen=True)
class Step:
    """`what` is the partnership's or the activity's key; `role` acts for `of`, a school's UAI or a
    host's key. `body` may name organisations by these keys: the runner puts their ids."""

    day: date
    what: str
    verb: str
    role: str
    of: str | None
    body: dict[str, Any] | None = None
