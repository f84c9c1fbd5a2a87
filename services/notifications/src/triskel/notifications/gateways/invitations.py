"""iCalendar parts (RFC 5545, 5546): an invitation, its update, its cancellation."""

from collections.abc import Mapping
from datetime import datetime
from functools import cache
from typing import Any
from urllib.parse import quote
from uuid import UUID
from zoneinfo import ZoneInfo

from icalendar import Component, Event, Timezone, vCalAddress, vText

from triskel.contracts.activities import calendar_sequence, calendar_status, calendar_uid
from triskel.contracts.codes import ActivityState
from triskel.notifications.gateways.mime import Mailbox

INVITING = frozenset(
    {
        "activity-scheduled",
        "activity-confirmed",
        "activity-postponed",
        "activity-places-asked-again",
        "activity-suspended",
        "activity-resumed",
    }
)
CANCELLING = frozenset({"activity-cancelled", "activity-left"})


def method_of(reason: str, facts: Mapping[str, Any]) -> str | None:
    """`REQUEST`, `CANCEL`, or null where there is no date to put into a calendar."""
    if not facts.get("slot"):
        return None
    if reason in INVITING:
        return "REQUEST"
    return "CANCEL" if reason in CANCELLING else None


@cache
def _described(time_zone: str) -> str:
    """A zone's rules, written out once: they took a tenth of the sender's time."""
    return _written(Timezone.from_tzid(time_zone)) if time_zone != "UTC" else ""


def invitation(
    method: str,
    activity: UUID,
    facts: Mapping[str, Any],
    summary: str,
    description: str,
    place: str,
    attendee: Mailbox,
    sender: Mailbox,
    now: datetime,
) -> str:
    """The calendar object, with CRLF line ends (RFC 5545, 3.1). The UID is the activity's for
    ever; SEQUENCE rises with each change of the slot, and once more when it is cancelled."""
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
    suspended = bool(facts.get("suspended"))
    event.add("status", calendar_status(ActivityState(facts["state"]), suspended=suspended))
    organiser = _address(sender)
    if sender.name:
        organiser.params["cn"] = vText(sender.name)
    event.add("organizer", organiser, encode=False)
    guest = _address(attendee)
    guest.params["rsvp"] = vText("FALSE")
    event.add("attendee", guest, encode=False)
    return (
        "BEGIN:VCALENDAR\r\nVERSION:2.0\r\nPRODID:-//Triskel//notifications//EN\r\n"
        f"METHOD:{method}\r\n{_described(zone.key)}{_written(event)}END:VCALENDAR\r\n"
    )


def _address(mailbox: Mailbox) -> vCalAddress:
    # a URI, of ASCII alone (RFC 6068)
    return vCalAddress(f"mailto:{quote(mailbox.wire, safe='@!$&*+/=?^_`{|}~.-')}")


def _written(component: Component) -> str:
    return bytes(component.to_ical()).decode()
