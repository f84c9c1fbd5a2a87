"""How an activity is known to people's calendars, whichever service writes them (RFC 5545)."""

from uuid import UUID


def calendar_uid(activity: UUID, part: str | None = None) -> str:
    """UID, for ever the same, so that an invitation, a file and a feed are one entry. A `part` of
    an activity, such as `session-3`, is an entry of its own."""
    return f"{activity}@triskel" if part is None else f"{activity}-{part}@triskel"


def calendar_sequence(slot_changes: int, *, cancelled: bool) -> int:
    """SEQUENCE: it rises with each change of the slot, and once more with the cancellation."""
    return slot_changes + cancelled
