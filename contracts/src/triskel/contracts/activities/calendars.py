"""How an activity is known to people's calendars, whichever service writes them (RFC 5545)."""

from enum import StrEnum
from uuid import UUID

from triskel.contracts.codes import ActivityState


class CalendarStatus(StrEnum):
    """STATUS: until its head of school has confirmed it, what has a date is tentative; while it is
    suspended, too."""

    TENTATIVE = "TENTATIVE"
    CONFIRMED = "CONFIRMED"
    CANCELLED = "CANCELLED"


def calendar_status(state: ActivityState, *, suspended: bool = False) -> CalendarStatus:
    """Of an activity with a date."""
    if state is ActivityState.CANCELLED:
        return CalendarStatus.CANCELLED
    tentative = suspended or state is ActivityState.SCHEDULED
    return CalendarStatus.TENTATIVE if tentative else CalendarStatus.CONFIRMED


def calendar_uid(activity: UUID, part: str | None = None) -> str:
    """UID, for ever the same, so that an invitation, a file and a feed are one entry. A `part` of
    an activity, such as `session-3`, is an entry of its own."""
    return f"{activity}@triskel" if part is None else f"{activity}-{part}@triskel"


def calendar_sequence(slot_changes: int, *, cancelled: bool) -> int:
    """SEQUENCE: it rises with each change of the slot, and once more with the cancellation."""
    return slot_changes + cancelled
