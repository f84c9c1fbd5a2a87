"""When a mail that did not leave is tried again, and when it is given up."""

from datetime import timedelta

PAUSES = (
    *(timedelta(seconds=5), timedelta(seconds=30), timedelta(minutes=2), timedelta(minutes=10)),
    *(timedelta(minutes=30), timedelta(hours=1), timedelta(hours=2), timedelta(hours=4)),
    *(timedelta(hours=8), timedelta(hours=8)),
)
"""About a day in all: longer than a mail server's bad night, shorter than the news is news."""


def pause_after(attempts: int) -> timedelta | None:
    """How long to wait after so many attempts; null: give it up."""
    return PAUSES[attempts - 1] if attempts <= len(PAUSES) else None
