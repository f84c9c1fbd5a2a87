"""Code lists of the registry's waiting lists, matching rounds and reports."""

from enum import StrEnum


class WaitingState(StrEnum):
    """What became of an entry in a waiting list."""

    OPEN = "open"
    """It waits for as many partners as it still wants."""
    MATCHED = "matched"
    """It has found them all."""
    WITHDRAWN = "withdrawn"
    """It waits no longer."""
    EXPIRED = "expired"
    """Its school year is over."""


class RoundState(StrEnum):
    """How far a ranked-preference round is."""

    OPENED = "opened"
    """Schools and companies rank each other."""
    RANKING_CLOSED = "ranking-closed"
    """Nobody ranks any more; it has not been computed."""
    MATCHED = "matched"
    """There is a result, which the coordinator has not confirmed."""
    CONFIRMED = "confirmed"
    """Each pair has been proposed as a partnership."""
    CANCELLED = "cancelled"
    """It came to nothing."""


class ReportSubject(StrEnum):
    """What can be reported."""

    ORGANISATION = "organisation"
    ACTIVITY = "activity"


class ReportCategory(StrEnum):
    """What is wrong with it."""

    ABUSE = "abuse"
    ERROR = "error"
    OTHER = "other"


class ReportState(StrEnum):
    OPEN = "open"
    """The coordinator has not answered it."""
    RESOLVED = "resolved"
    """Something was done about it."""
    DISMISSED = "dismissed"
    """Nothing was to be done."""
