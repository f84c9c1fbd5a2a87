"""iCalendar (RFC 5545, 7986): one activity as a file, an organisation's activities as a feed.

Times are in UTC, which every calendar shows in its reader's own time zone. No person is named.
"""

from collections.abc import Iterable
from datetime import UTC, timedelta

from icalendar import Calendar, Event

from triskel.activities.feeds.rules import Entry
from triskel.contracts.activities import CalendarStatus, calendar_sequence, calendar_uid
from triskel.contracts.codes import ActivityFormat, PlaceKind

REFRESH = timedelta(hours=1)
_F, _P = ActivityFormat, PlaceKind

_FORMATS: dict[str, dict[ActivityFormat, str]] = {
    "fr": {
        _F.INNOVATION_CHALLENGE: "Défi innovation",
        _F.GUEST_LESSON: "Conférence",
        _F.COMPANY_VISIT: "Visite d'entreprise",
        _F.RESEARCH_WORK: "Travail de recherche",
        _F.TEACHER_MASTERCLASS: "Masterclass pour enseignants",
        _F.PARENTS_DAY: "Journée des parents",
        _F.TASK_FORCE_MEETING: "Réunion de la task force",
    },
    "en": {
        _F.INNOVATION_CHALLENGE: "Innovation challenge",
        _F.GUEST_LESSON: "Guest lesson",
        _F.COMPANY_VISIT: "Company visit",
        _F.RESEARCH_WORK: "Research work",
        _F.TEACHER_MASTERCLASS: "Teacher masterclass",
        _F.PARENTS_DAY: "Parents' information day",
        _F.TASK_FORCE_MEETING: "Task-force meeting",
    },
}
_PLACES: dict[str, dict[PlaceKind, str]] = {
    "fr": {
        _P.SCHOOL: "À l'établissement",
        _P.COMPANY: "Dans l'entreprise",
        _P.ONLINE: "En ligne",
        _P.OTHER: "Ailleurs",
    },
    "en": {
        _P.SCHOOL: "At the school",
        _P.COMPANY: "At the company",
        _P.ONLINE: "Online",
        _P.OTHER: "Elsewhere",
    },
}
_STATUSES: dict[str, dict[CalendarStatus, str]] = {
    "fr": {
        CalendarStatus.TENTATIVE: "À confirmer",
        CalendarStatus.CONFIRMED: "Confirmé",
        CalendarStatus.CANCELLED: "Annulé",
    },
    "en": {
        CalendarStatus.TENTATIVE: "To be confirmed",
        CalendarStatus.CONFIRMED: "Confirmed",
        CalendarStatus.CANCELLED: "Cancelled",
    },
}
_PARTS = {
    "fr": {"session": "séance", "visit": "visite"},
    "en": {"session": "session", "visit": "visit"},
}


def icalendar(entries: Iterable[Entry], title: str, language: str) -> bytes:
    """A calendar object that is published, for whoever reads it: nobody is invited by it."""
    calendar = Calendar()
    calendar.add("prodid", "-//Triskel//activities//EN")
    calendar.add("version", "2.0")
    calendar.add("method", "PUBLISH")
    calendar.add("name", title)
    calendar.add("x-wr-calname", title)
    calendar.add("refresh-interval", REFRESH, parameters={"VALUE": "DURATION"})
    calendar.add("x-published-ttl", "PT1H")
    for entry in entries:
        calendar.add_component(_event(entry, language))
    return bytes(calendar.to_ical())


def _event(entry: Entry, language: str) -> Event:
    cancelled = entry.status is CalendarStatus.CANCELLED
    form = _FORMATS[language][entry.format]
    event = Event()
    event.add("uid", calendar_uid(entry.activity, entry.part))
    event.add("sequence", calendar_sequence(entry.changes, cancelled=cancelled))
    # of what is published, DTSTAMP says when it last changed (RFC 5545, 3.8.7.2)
    event.add("dtstamp", entry.changed_at.astimezone(UTC))
    event.add("last-modified", entry.changed_at.astimezone(UTC))
    event.add("dtstart", entry.starts_at.astimezone(UTC))
    event.add("dtend", entry.ends_at.astimezone(UTC))
    event.add("summary", _summary(entry, language))
    event.add("description", f"{form} – {_STATUSES[language][entry.status]}")
    event.add("categories", [form])
    event.add("location", _location(entry, language))
    event.add("status", entry.status)
    event.add("transp", "OPAQUE" if entry.busy else "TRANSPARENT")
    return event


def _summary(entry: Entry, language: str) -> str:
    parts = [entry.title]
    if entry.part is not None:
        kind, _, number = entry.part.partition("-")
        parts.append(f"{_PARTS[language][kind]} {number}")
    if entry.status is CalendarStatus.CANCELLED:
        parts.insert(0, _STATUSES[language][entry.status])
    return " – ".join(parts)


def _location(entry: Entry, language: str) -> str:
    kind = _PLACES[language][entry.place]
    return f"{entry.place_name} ({kind})" if entry.place_name else kind
