"""The seven formats: what each needs, its limits, and whom it counts."""

from dataclasses import dataclass
from datetime import timedelta
from uuid import UUID

from triskel.activities.activities.refusals import PartnershipMissing, SchoolMissing
from triskel.contracts.codes import ActivityFormat, Audience
from triskel.contracts.refusals import years_of


@dataclass(frozen=True)
class Format:
    """What no region can change; its limits are the region's (`RegionSettings.formats`).
    `preconditions` are ticked at confirmation.
    `in_holidays`: it needs no school, so it may be on any day. `on_saturdays`: parents come, or
    teams to a final; all others are in school time, and nothing is on a Sunday."""

    needs_school: bool
    needs_partnership: bool
    audience: Audience
    longest: timedelta
    in_holidays: bool = False
    on_saturdays: bool = False
    preconditions: tuple[str, ...] = ()

    def check_parties(
        self,
        school_year: str,
        school: UUID | None,
        partnership: UUID | None,
        *,
        unpartnered: bool = False,
    ) -> None:
        """Raises `Invalid` for a school year that is none, and when a party is needed and missing;
        with `unpartnered` no partnership is."""
        years_of(school_year)
        if self.needs_school and school is None:
            raise SchoolMissing
        if self.needs_partnership and partnership is None and not unpartnered:
            raise PartnershipMissing


_F = ActivityFormat

FORMATS: dict[ActivityFormat, Format] = {
    _F.INNOVATION_CHALLENGE: Format(
        needs_school=True,
        needs_partnership=True,
        audience=Audience.PUPILS,
        longest=timedelta(days=120),
        on_saturdays=True,
        preconditions=("scenario-received", "mentors-named"),
    ),
    _F.GUEST_LESSON: Format(
        needs_school=True,
        needs_partnership=True,
        audience=Audience.PUPILS,
        longest=timedelta(hours=4),
        preconditions=("room-booked",),
    ),
    _F.COMPANY_VISIT: Format(
        needs_school=True,
        needs_partnership=True,
        audience=Audience.PUPILS,
        longest=timedelta(days=1),
        preconditions=("transport-booked", "adults-named", "consents-collected", "safety-briefed"),
    ),
    _F.RESEARCH_WORK: Format(
        needs_school=True,
        needs_partnership=True,
        audience=Audience.PUPILS,
        longest=timedelta(days=240),
        preconditions=("tutor-named",),
    ),
    _F.TEACHER_MASTERCLASS: Format(
        needs_school=False,
        needs_partnership=False,
        audience=Audience.TEACHERS,
        longest=timedelta(days=3),
        in_holidays=True,
        preconditions=("programme-sent",),
    ),
    _F.PARENTS_DAY: Format(
        needs_school=True,
        needs_partnership=False,
        audience=Audience.PARENTS,
        on_saturdays=True,
        longest=timedelta(days=1),
        preconditions=("room-booked",),
    ),
    _F.TASK_FORCE_MEETING: Format(
        needs_school=False,
        needs_partnership=False,
        audience=Audience.DELEGATES,
        longest=timedelta(days=4),
        in_holidays=True,
        preconditions=("agenda-sent",),
    ),
}
