"""What of an activity stands in a calendar: entries with a date, and their status."""

from collections.abc import Iterator
from dataclasses import dataclass, replace
from datetime import datetime, timedelta
from uuid import UUID

from triskel.activities.activities.rules.activity import Activity
from triskel.contracts.activities import CalendarStatus, calendar_status
from triskel.contracts.codes import ActivityFormat, PlaceKind
from triskel.contracts.format_codes import SessionState

LONG = timedelta(days=1)


@dataclass(frozen=True)
class Entry:
    """`part`: a session of a research work, a study visit of a meeting. `changes` rises whenever
    the slot changes; `changed_at` is when anything did. What lasts for longer than a day makes
    nobody busy."""

    activity: UUID
    part: str | None
    format: ActivityFormat
    title: str
    starts_at: datetime
    ends_at: datetime
    place: PlaceKind
    place_name: str | None
    status: CalendarStatus
    changes: int
    changed_at: datetime

    @property
    def busy(self) -> bool:
        return self.status is not CalendarStatus.CANCELLED and self.ends_at - self.starts_at <= LONG


def entries_of(activity: Activity, changed_at: datetime) -> Iterator[Entry]:
    """The activity and its parts; none without a slot. A cancelled one stays, as cancelled."""
    if activity.slot is None:
        return
    status = calendar_status(activity.state, suspended=activity.suspension is not None)
    whole = Entry(
        activity=activity.id,
        part=None,
        format=activity.format,
        title=activity.title,
        starts_at=activity.slot.starts_at,
        ends_at=activity.slot.ends_at,
        place=activity.slot.place,
        place_name=activity.slot.place_name,
        status=status,
        changes=activity.slot_changes,
        changed_at=changed_at,
    )
    yield whole
    # a plan of parts may change with any version
    part = replace(whole, changes=activity.version)
    for session in activity.research.sessions if activity.research else ():
        missed = session.state is SessionState.MISSED
        yield replace(
            part,
            part=f"session-{session.number}",
            starts_at=session.starts_at,
            ends_at=session.ends_at,
            place=session.place,
            place_name=session.place_name,
            status=CalendarStatus.CANCELLED if missed else status,
        )
    for number, visit in enumerate(activity.task_force.visits if activity.task_force else (), 1):
        yield replace(
            part,
            part=f"visit-{number}",
            starts_at=visit.starts_at,
            ends_at=visit.ends_at,
            place=PlaceKind.OTHER,
            place_name=visit.place_name,
        )
