"""The rules of the clock: on which days an activity may be, and until when what may be done."""

from dataclasses import replace
from datetime import UTC, date, datetime, timedelta
from typing import Any
from uuid import uuid4
from zoneinfo import ZoneInfo

import pytest

from services.activities.tests import doing
from services.activities.tests import test_places as places
from triskel.activities.activities.rules.activity import Activity, Facts, Slot
from triskel.activities.activities.rules.deadlines import deadlines
from triskel.activities.activities.rules.formats import FORMATS
from triskel.activities.calendars.rules import (
    Calendar,
    Holiday,
    PublicHoliday,
    SchoolYear,
    check_slot,
)
from triskel.activities.places.rules.places import offer_places
from triskel.chassis.actions import Actor
from triskel.contracts.codes import (
    ActivityFormat,
    ActivityState,
    DeliveryOutcome,
    PlaceKind,
    Role,
    Side,
)
from triskel.contracts.refusals import Invalid
from triskel.contracts.registry import FormatLimits, PlaceLimits, RegionSettings

NOW = datetime(2025, 10, 1, 8, tzinfo=UTC)  # a Wednesday
S, F = ActivityState, ActivityFormat
YEAR = SchoolYear(
    "2025-2026",
    date(2025, 9, 1),
    date(2026, 7, 3),
    (Holiday("vacances de la Toussaint", date(2025, 10, 18), date(2025, 11, 2)),),
    (
        PublicHoliday("Toussaint", date(2025, 11, 1)),
        PublicHoliday("Armistice de 1918", date(2025, 11, 11)),
    ),
)
NEXT_YEAR = SchoolYear("2026-2027", date(2026, 9, 1), date(2027, 7, 2))
CALENDAR = Calendar("Europe/Paris", (YEAR, NEXT_YEAR))
UNKNOWN = Calendar("Europe/Paris")
MONTH = timedelta(days=30)
STANDARD = RegionSettings()
"""Of a region that has said nothing."""


def holding(hours: int, calendar: Calendar = UNKNOWN) -> Calendar:
    """Of a region that holds offered places for so long."""
    settings = RegionSettings(places=PlaceLimits(hold_hours=hours))
    return replace(calendar, settings=settings)


def check(
    day: int,
    form: ActivityFormat = F.GUEST_LESSON,
    calendar: Calendar = CALENDAR,
    school_year: str = YEAR.school_year,
    until: int | None = None,
) -> None:
    """A slot so many days from now, two hours long or `until` another day."""
    start = NOW + timedelta(days=day)
    end = NOW + timedelta(days=day if until is None else until, hours=2)
    check_slot(FORMATS[form], calendar, start, end, NOW, school_year)


def refused(day: int, *more: Any, **named: Any) -> Invalid:
    with pytest.raises(Invalid) as error:
        check(day, *more, **named)
    return error.value


@pytest.mark.parametrize(
    ("day", "rule", "says"),
    [
        (
            20,
            "date-in-school-holidays",
            "School is out: vacances de la Toussaint, 2025-10-18 to 2025-11-02.",
        ),
        (31, "date-in-school-holidays", "School is out: Toussaint, 2025-11-01."),
        (41, "date-in-school-holidays", "School is out: Armistice de 1918, 2025-11-11."),
        (
            300,
            "date-outside-school-year",
            "The school year 2025-2026 is from 2025-09-01 to 2026-07-03.",
        ),
        # a day of school, of the year after
        (
            365,
            "date-outside-school-year",
            "The school year 2025-2026 is from 2025-09-01 to 2026-07-03.",
        ),
        (45, "date-at-weekend", "This format is not on Saturdays."),
        (46, "date-at-weekend", "School is out on Sundays."),
    ],
)
def test_a_refused_date_names_the_holiday_and_its_days(day: int, rule: str, says: str) -> None:
    why = refused(day)
    assert (why.rule, why.sentence, why.field) == (rule, says, "slot.starts_at")


def test_a_slot_neither_begins_nor_ends_on_a_day_without_school_but_may_lie_across() -> None:
    assert refused(15, F.INNOVATION_CHALLENGE, until=20).field == "slot.ends_at"
    check(15, F.INNOVATION_CHALLENGE, until=40)


@pytest.mark.parametrize("form", list(F))
def test_only_parents_finals_and_adults_meet_on_a_saturday_and_no_school_on_a_sunday(
    form: ActivityFormat,
) -> None:
    adults = {F.TEACHER_MASTERCLASS, F.TASK_FORCE_MEETING}
    for day, allowed in ((45, adults | {F.PARENTS_DAY, F.INNOVATION_CHALLENGE}), (46, adults)):
        if form in allowed:
            check(day, form)
        else:
            assert refused(day, form).rule == "date-at-weekend"


def test_the_day_is_that_of_the_regions_own_time() -> None:
    # ten in the evening of Sunday 2 November in UTC is Monday on Réunion
    start = datetime(2025, 11, 2, 22, tzinfo=UTC)
    end = start + timedelta(hours=2)
    lesson = FORMATS[F.GUEST_LESSON]
    reunion = Calendar("Indian/Reunion", CALENDAR.years)
    check_slot(lesson, reunion, start, end, NOW, YEAR.school_year)
    with pytest.raises(Invalid):
        check_slot(lesson, CALENDAR, start, end, NOW, YEAR.school_year)


@pytest.mark.parametrize("form", list(F))
def test_a_date_outside_its_school_year_is_refused_for_every_format(form: ActivityFormat) -> None:
    assert refused(400, form).rule == "date-outside-school-year"
    assert refused(400, form, UNKNOWN).rule == "date-outside-school-year"


def test_a_school_year_begins_when_its_region_says() -> None:
    danish = Calendar("Europe/Copenhagen", settings=RegionSettings(school_year_starts="08-01"))
    in_august = 313  # 10 August 2026, a Monday
    why = refused(in_august, F.TEACHER_MASTERCLASS, danish)
    assert why.sentence == "The school year 2025-2026 is from 2025-08-01 to 2026-07-31."
    check(in_august, F.TEACHER_MASTERCLASS, danish, "2026-2027")
    check(in_august, F.TEACHER_MASTERCLASS, UNKNOWN)
    assert refused(in_august, F.TEACHER_MASTERCLASS, UNKNOWN, "2026-2027").rule == why.rule


def test_of_a_school_year_that_nobody_has_set_only_weekends_are_known() -> None:
    for day in (20, 41, 300):
        check(day, calendar=UNKNOWN)
    assert refused(45, calendar=UNKNOWN).rule == "date-at-weekend"
    # but a day of a year that is known is not of one that is not
    assert refused(40, school_year="2027-2028").rule == "date-outside-school-year"
    check(750, school_year="2027-2028")


def test_the_summer_between_two_known_years_is_out_of_school() -> None:
    holiday = CALENDAR.holiday_on(date(2026, 7, 20))
    assert holiday is not None
    assert (holiday.first, holiday.last) == (date(2026, 7, 4), date(2026, 8, 31))
    assert CALENDAR.holiday_on(date(2026, 9, 1)) is None


def activity(form: ActivityFormat, state: ActivityState, **more: Any) -> Activity:
    start = NOW + timedelta(days=40)
    return Activity(
        id=uuid4(),
        region="FRH0",
        version=1,
        format=form,
        state=state,
        title="Une ingénieure en classe",
        school_year=YEAR.school_year,
        host_id=uuid4(),
        school_id=uuid4(),
        partnership_id=uuid4(),
        proposed_by=Side.SCHOOL,
        drafted_at=NOW,
        answer_by=NOW + timedelta(days=14),
        slot=Slot(start, start + timedelta(hours=2), "Europe/Paris", PlaceKind.SCHOOL),
        delivered_at=start + timedelta(hours=3),
        **more,
    )


@pytest.mark.parametrize(
    ("action", "state", "deadline"),
    [
        ("accept", S.PROPOSED, "answer_by"),
        ("confirm", S.SCHEDULED, "confirm_by"),
        ("correct", S.DELIVERED, "correct_by"),
    ],
)
@pytest.mark.parametrize("form", list(F))
def test_a_deadline_is_the_last_moment_at_which_its_action_is_allowed(
    form: ActivityFormat, action: str, state: ActivityState, deadline: str
) -> None:
    known = activity(form, state)
    coordinator = Actor(frozenset({Role.COORDINATOR}), frozenset({Side.COORDINATOR, Side.HOST}))
    last = getattr(deadlines(known, STANDARD), deadline)
    assert action in doing.allowed_actions(known, coordinator, Facts(), last)
    later = last + timedelta(seconds=1)
    assert action not in doing.allowed_actions(known, coordinator, Facts(), later)


def test_the_limits_of_a_format_and_the_days_to_answer_are_the_regions() -> None:
    limits = FormatLimits(confirmation_days=5, cancellation_days=40)
    settings = RegionSettings(formats={F.COMPANY_VISIT: limits}, activity_answer_days=9)
    known = activity(F.COMPANY_VISIT, S.SCHEDULED)
    assert known.slot is not None
    found = deadlines(known, settings)
    local = known.slot.starts_at.astimezone(ZoneInfo(known.slot.time_zone))
    assert found.confirm_by == local - timedelta(days=5)
    assert found.cancel_by == local - timedelta(days=40)
    facts = Facts(settings=settings)
    head = Actor(frozenset({Role.HEAD}), frozenset({Side.SCHOOL}))
    assert "confirm" in doing.allowed_actions(known, head, facts, local - timedelta(days=6))
    assert "confirm" not in doing.allowed_actions(known, head, facts, local - timedelta(days=4))
    drafted = activity(F.GUEST_LESSON, S.DRAFT)
    proposed = doing.spine.propose(drafted, head, facts, NOW)
    assert proposed.answer_by == NOW + timedelta(days=9)


@pytest.mark.parametrize("form", list(F))
def test_until_its_limit_a_cancellation_is_not_late_and_after_delivery_there_is_none(
    form: ActivityFormat,
) -> None:
    known = activity(form, S.CONFIRMED)
    assert known.slot is not None
    # the same time of the clock: in October the clocks go back
    local = known.slot.starts_at.astimezone(ZoneInfo(known.slot.time_zone))
    limit = local - timedelta(days=STANDARD.limits(form).cancellation_days)
    assert deadlines(known, STANDARD).cancel_by == limit
    assert deadlines(activity(form, S.DELIVERED), STANDARD).cancel_by is None


def test_a_delivered_activity_may_be_evaluated_until_it_closes_by_itself() -> None:
    known = activity(F.GUEST_LESSON, S.DELIVERED)
    assert known.delivered_at is not None
    local = known.delivered_at.astimezone(ZoneInfo("Europe/Paris"))
    assert deadlines(known, STANDARD).evaluate_by == local + MONTH
    nobody = activity(F.GUEST_LESSON, S.DELIVERED, outcome=DeliveryOutcome.NO_SHOW)
    assert deadlines(nobody, STANDARD).evaluate_by is None


@pytest.mark.parametrize(
    ("start", "confirm_by"),
    [
        # the clocks go forward on 29 March 2026, and back on 25 October
        ("2026-03-31T09:00:00+02:00", "2026-03-24T09:00:00+01:00"),
        ("2026-10-27T09:00:00+01:00", "2026-10-20T09:00:00+02:00"),
    ],
)
def test_a_deadline_in_days_is_at_the_same_time_of_the_clock_when_the_clocks_change(
    start: str, confirm_by: str
) -> None:
    known = activity(F.INNOVATION_CHALLENGE, S.SCHEDULED)
    assert known.slot is not None
    starts_at = datetime.fromisoformat(start)
    slot = replace(known.slot, starts_at=starts_at, ends_at=starts_at + timedelta(days=3))
    limits = deadlines(replace(known, slot=slot), STANDARD)
    assert limits.confirm_by == datetime.fromisoformat(confirm_by)


@pytest.mark.parametrize(
    ("asked", "answer_by"),
    [
        ("2026-03-20T09:00:00+01:00", "2026-04-03T09:00:00+02:00"),
        ("2026-10-20T00:30:00+02:00", "2026-11-03T00:30:00+01:00"),
    ],
)
def test_an_answer_is_due_so_many_days_of_the_calendar_later(asked: str, answer_by: str) -> None:
    known = activity(F.GUEST_LESSON, S.DRAFT)
    coordinator = Actor(frozenset({Role.COORDINATOR}), frozenset({Side.COORDINATOR}))
    now = datetime.fromisoformat(asked)
    proposed = doing.spine.propose(known, coordinator, Facts(), now, answer_days=14)
    assert proposed.answer_by == datetime.fromisoformat(answer_by)


@pytest.mark.parametrize(
    ("offered", "hours", "until"),
    [
        # Friday at noon there, Friday evening, and Saturday by the clock of the place
        (datetime(2025, 10, 3, 10, tzinfo=UTC), 48, datetime(2025, 10, 7, 10, tzinfo=UTC)),
        (datetime(2025, 10, 3, 20, tzinfo=UTC), 4, datetime(2025, 10, 6, 0, tzinfo=UTC)),
        (datetime(2025, 10, 3, 22, tzinfo=UTC), 1, datetime(2025, 10, 5, 23, tzinfo=UTC)),
    ],
)
def test_a_place_that_is_offered_on_a_friday_waits_for_monday(
    offered: datetime, hours: int, until: datetime
) -> None:
    known = places.full(28, 30)
    left = doing.places.leave(known, places.TEACHER, places.FACTS, offered, known.bookings[0].id)
    (change,) = offer_places(left, offered, holding(hours))
    assert change.subject.bookings[1].answer_by == until


@pytest.mark.parametrize(
    ("offered", "until"),
    [
        # Friday at noon there: the holidays of autumn begin, and Monday 3 November is school
        (datetime(2025, 10, 17, 10, tzinfo=UTC), datetime(2025, 11, 3, 11, tzinfo=UTC)),
        # Monday at noon there, the eve of a public holiday
        (datetime(2025, 11, 10, 11, tzinfo=UTC), datetime(2025, 11, 12, 11, tzinfo=UTC)),
    ],
)
def test_the_hours_of_holidays_do_not_count_while_a_place_is_held(
    offered: datetime, until: datetime
) -> None:
    slot = Slot(until + MONTH, until + MONTH, "Europe/Paris", PlaceKind.COMPANY)
    known = replace(places.full(28, 30), slot=slot)
    left = doing.places.leave(known, places.TEACHER, places.FACTS, offered, known.bookings[0].id)
    (change,) = offer_places(left, offered, holding(24, CALENDAR))
    assert change.subject.bookings[1].answer_by == until
    (control,) = offer_places(left, offered, holding(24))
    assert control.subject.bookings[1].answer_by < until
