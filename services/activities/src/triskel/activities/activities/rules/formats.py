"""The seven formats: what each needs, and whom it counts."""

from dataclasses import dataclass
from uuid import UUID

from triskel.activities.activities.refusals import PartnershipMissing, SchoolMissing
from triskel.contracts.codes import ActivityFormat, Audience
from triskel.contracts.refusals import years_of


@dataclass(frozen=True)
class Format:
    """What no region can change; its limits are the region's (`RegionSettings.formats`).
    `preconditions` are ticked at confirmation. `of_weeks`: its slot spans weeks, in which there are
    hours of it.
    `in_holidays`: it needs no school, so it may be on any day. `on_saturdays`: parents come, or
    teams to a final; all others are in school time, and nothing is on a Sunday."""

    code: ActivityFormat
    needs_school: bool
    needs_partnership: bool
    audience: Audience
    in_holidays: bool = False
    on_saturdays: bool = False
    preconditions: tuple[str, ...] = ()
    of_weeks: bool = False

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

_ALL = (
    Format(
        code=_F.INNOVATION_CHALLENGE,
        needs_school=True,
        needs_partnership=True,
        audience=Audience.PUPILS,
        of_weeks=True,
        on_saturdays=True,
        preconditions=("scenario-received", "mentors-named"),
    ),
    Format(
        code=_F.GUEST_LESSON,
        needs_school=True,
        needs_partnership=True,
        audience=Audience.PUPILS,
        preconditions=("room-booked",),
    ),
    Format(
        code=_F.COMPANY_VISIT,
        needs_school=True,
        needs_partnership=True,
        audience=Audience.PUPILS,
        preconditions=("transport-booked", "adults-named", "consents-collected", "safety-briefed"),
    ),
    Format(
        code=_F.RESEARCH_WORK,
        needs_school=True,
        needs_partnership=True,
        audience=Audience.PUPILS,
        of_weeks=True,
        preconditions=("tutor-named",),
    ),
    Format(
        code=_F.TEACHER_MASTERCLASS,
        needs_school=False,
        needs_partnership=False,
        audience=Audience.TEACHERS,
        in_holidays=True,
        preconditions=("programme-sent",),
    ),
    Format(
        code=_F.PARENTS_DAY,
        needs_school=True,
        needs_partnership=False,
        audience=Audience.PARENTS,
        on_saturdays=True,
        preconditions=("room-booked",),
    ),
    Format(
        code=_F.TASK_FORCE_MEETING,
        needs_school=False,
        needs_partnership=False,
        audience=Audience.DELEGATES,
        in_holidays=True,
        preconditions=("agenda-sent",),
    ),
)
FORMATS: dict[ActivityFormat, Format] = {form.code: form for form in _ALL}
