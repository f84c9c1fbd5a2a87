"""The clock of the domain. Tokens, retries and the bus use real time instead."""

from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Protocol


class Clock(Protocol):
    """Where rules get the time from."""

    def now(self) -> datetime:
        """The time of the domain, in UTC."""


class SystemClock:
    """The time of the machine."""

    def now(self) -> datetime:
        return datetime.now(UTC)


class FileClock:
    """The time that is written in a file (RFC 3339), for demos and rehearsals of a whole year.

    The time stands still until the file is written again. Raises `ValueError` for a file that does
    not hold a time with a zone.
    """

    def __init__(self, path: Path) -> None:
        self._path = path
        self._read_at = -1
        self._now = self.now()

    def now(self) -> datetime:
        changed = self._path.stat().st_mtime_ns
        if changed != self._read_at:
            text = self._path.read_text(encoding="utf-8").strip()
            now = datetime.fromisoformat(text)
            if now.tzinfo is None:
                raise ValueError(f"{self._path}: {text!r} has no zone")
            self._now, self._read_at = now.astimezone(UTC), changed
        return self._now


class FixedClock:
    """For tests: the time is the one that the test sets."""

    def __init__(self, now: datetime) -> None:
        self.time = now

    def now(self) -> datetime:
        return self.time

    def advance(self, **units: float) -> None:
        self.time += timedelta(**units)
