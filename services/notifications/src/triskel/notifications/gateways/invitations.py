"""iCalendar parts (RFC 5545, 5546): an invitation, its update, its cancellation."""

from collections.abc import Mapping
from datetime import datetime
from email.utils import parseaddr
from functools import cache
from typing import Any
from uuid import UUID
from zoneinfo import ZoneInfo

from icalendar import Calendar, Event, Timezone, vCalAddress, vText

from triskel.contracts.activities import calendar_sequence, calendar_uid

INVITING = frozenset({"activity-scheduled", "activity-confirmed", "activity-postponed"})
CANCELLING = frozenset({"activity-cancelled"})


def method_of(reason: str, facts: Mapping[str, Any]) -> str | None:
    """`REQUEST`, `CANCEL`, or null where there is no date to put into a calendar."""
    if not facts.get("slot"):
        return None
    if reason in INVITING:
        return "REQUEST"
    return "CANCEL" if reason in CANCELLING else None


@cache
def _described(time_zone: str) -> Timezone:
    """A zone's rules, written out once: they took a tenth of the sender's time."""
    return Timezone.from_tzid(time_zone)


def invitation(
    method: str,
    activity: UUID,
    facts: Mapping[str, Any],
    summary: str,
    description: str,
    place: str,
    attendee: str,
    sender: str,
    now: datetime,
) -> bytes:
    """The calendar object. The UID is the activity's for ever; SEQUENCE rises with each change of
    the slot, and once more when it is cancelled."""
    slot = facts["slot"]
    zone = ZoneInfo(slot["time_zone"])
    changes = int(facts.get("slot_changes", 0))
    sequence = calendar_sequence(changes, cancelled=method == "CANCEL")
    event = Event()
    event.add("uid", calendar_uid(activity))
    event.add("sequence", sequence)
    event.add("dtstamp", now)
    event.add("dtstart", datetime.fromisoformat(slot["starts_at"]).astimezone(zone))
    event.add("dtend", datetime.fromisoformat(slot["ends_at"]).astimezone(zone))
    event.add("summary", summary)
    event.add("description", description)
    event.add("location", place)
    event.add("status", "CANCELLED" if method == "CANCEL" else "CONFIRMED")
    name, address = parseaddr(sender)
    organiser = vCalAddress(f"mailto:{address}")
    if name:
        organiser.params["cn"] = vText(name)
    event.add("organizer", organiser, encode=False)
    guest = vCalAddress(f"mailto:{attendee}")
    guest.params["rsvp"] = vText("FALSE")
    event.add("attendee", guest, encode=False)
    calendar = Calendar()
    calendar.add("prodid", "-//Triskel//notifications//EN")
    calendar.add("version", "2.0")
    calendar.add("method", method)
    if zone.key != "UTC":
        calendar.add_component(_described(zone.key))
    calendar.add_component(event)
    return bytes(calendar.to_ical())
