"""School calendars: the official ones are there by themselves, the coordinator's word stands."""

import asyncio
from dataclasses import replace
from datetime import date
from typing import Any

import pytest
from dateutil.easter import easter

from triskel.chassis.testing import outbox_events
from triskel.contracts.codes import Role
from triskel.contracts.refusals import Invalid
from triskel.contracts.registry import region_settings
from triskel.registry.calendars.gateways import official_calendars
from triskel.registry.calendars.jobs import take_over
from triskel.registry.calendars.queries import calendar_of
from triskel.registry.calendars.rules import (
    Calendar,
    Holiday,
    SchoolYear,
    calendar_id,
    check,
    school_weeks,
)

PATH = "/v1/calendars/FRH0/2025-2026"
BRETAGNE = Calendar(official_calendars("FRH0"))


def given(**more: Any) -> dict[str, Any]:
    known = {
        "time_zone": "Europe/Paris",
        "first_day": "2025-09-01",
        "last_day": "2026-07-03",
        "holidays": [
            {"title": "Toussaint", "first": "2025-10-18", "last": "2025-11-02"},
            {"title": "Noël", "first": "2025-12-20", "last": "2026-01-04"},
        ],
        "public_holidays": [{"title": "Armistice de 1918", "day": "2025-11-11"}],
        "source": "Arrêté du 7 décembre 2022",
    }
    return known | more


async def seed(platform: Any) -> int:
    state = platform.app.state
    return await take_over(state.settings.regions)(state.database, state.outbox, platform.clock)


async def put(platform: Any, body: Any, seen: int | None = None, **who: Any) -> Any:
    headers = platform.who(Role.COORDINATOR, **who)
    if seen is not None:
        headers |= {"If-Match": f'"{seen}"'}
    return await platform.client.put(PATH, json=body, headers=headers)


@pytest.mark.parametrize("year", BRETAGNE.years, ids=lambda year: year.school_year)
def test_an_official_calendar_is_sound_and_its_moving_feasts_follow_easter(
    year: SchoolYear,
) -> None:
    check(year)
    spring = easter(year.last_day.year)
    after_easter = {
        public.title: (public.day - spring).days
        for public in year.public_holidays
        if public.title in {"lundi de Pâques", "Ascension", "lundi de Pentecôte"}
    }
    assert after_easter == {"lundi de Pâques": 1, "Ascension": 39, "lundi de Pentecôte": 50}
    assert [public.day for public in year.public_holidays if public.title.startswith("Armi")] == [
        date(year.first_day.year, 11, 11)
    ]


def test_five_days_of_school_are_a_week_of_school_wherever_holidays_cut_them() -> None:
    monday = date(2025, 10, 13)
    assert school_weeks(BRETAGNE, monday, date(2025, 10, 18)) == 1
    assert school_weeks(BRETAGNE, monday, date(2025, 11, 3)) == 1  # two weeks of holidays
    assert school_weeks(BRETAGNE, monday, date(2025, 11, 10)) == 2
    # 11 November is a public holiday: one week later there is a day too few
    assert school_weeks(BRETAGNE, date(2025, 11, 10), date(2025, 11, 15)) == 0
    assert school_weeks(BRETAGNE, date(2025, 11, 10), date(2025, 11, 18)) == 1
    assert school_weeks(BRETAGNE, monday, monday) == school_weeks(BRETAGNE, monday, FIRST) == 0
    assert school_weeks(BRETAGNE, FIRST, date(2026, 9, 1)) == 34


FIRST = date(2025, 9, 1)


def test_the_summer_is_no_school_time_and_of_an_unset_year_every_weekday_counts() -> None:
    assert school_weeks(BRETAGNE, date(2027, 7, 5), date(2027, 8, 30)) == 0
    assert school_weeks(BRETAGNE, date(2027, 11, 1), date(2027, 11, 15)) == 2
    assert school_weeks(Calendar(()), date(2027, 7, 5), date(2027, 7, 19)) == 2


@pytest.mark.parametrize(
    ("field", "more", "rule"),
    [
        ("school_year", {"school_year": "2025-2027"}, "school-year-malformed"),
        ("time_zone", {"time_zone": "Europe/Rennes"}, "time-zone-unknown"),
        ("time_zone", {"time_zone": "Europe"}, "time-zone-unknown"),
        ("last_day", {"last_day": date(2027, 7, 2)}, "day-outside-school-year"),
        (
            "holidays.0.last",
            {"holidays": (Holiday("a", date(2025, 11, 2), date(2025, 11, 1)),)},
            "holiday-ends-before-it-starts",
        ),
        (
            "holidays.0.first",
            {"holidays": (Holiday("a", date(2026, 7, 1), date(2026, 7, 31)),)},
            "holiday-outside-school-year",
        ),
        (
            "holidays.1.first",
            {
                "holidays": (
                    Holiday("a", date(2025, 10, 18), date(2025, 11, 2)),
                    Holiday("b", date(2025, 11, 2), date(2025, 11, 4)),
                )
            },
            "holidays-overlap",
        ),
        (
            "holidays.1.first",
            {
                "holidays": (
                    Holiday("a", date(2025, 12, 18), date(2026, 1, 2)),
                    Holiday("b", date(2025, 11, 2), date(2025, 11, 4)),
                )
            },
            "holidays-out-of-order",
        ),
    ],
)
def test_a_calendar_that_cannot_be_is_refused_and_what_is_wrong_named(
    field: str, more: dict[str, Any], rule: str
) -> None:
    year = official_calendars("FRH0")[1]
    known = {name: getattr(year, name) for name in year.__dataclass_fields__}
    with pytest.raises(Invalid) as refused:
        check(SchoolYear(**(known | more)))
    assert (refused.value.field, refused.value.rule) == (field, rule)


async def test_the_official_calendars_of_the_home_regions_are_taken_over_once(
    platform: Any,
) -> None:
    done = await asyncio.gather(*(seed(platform) for _ in range(4)))
    assert sum(done) == len(BRETAGNE.years)
    assert await seed(platform) == 0
    said = await outbox_events(platform.app.state.database)
    assert [event.name_and_version()[0] for event in said] == ["school-calendar-set"] * 3
    assert {(e.aggregate.version, e.by) for e in said} == {(1, Role.SYSTEM)}  # type: ignore[attr-defined]
    anybody = platform.who(Role.TEACHER)
    listed = await platform.client.get("/v1/calendars?region=FRH0&limit=2", headers=anybody)
    assert [each["school_year"] for each in listed.json()["items"]] == ["2024-2025", "2025-2026"]
    shown = await platform.client.get(PATH, headers=anybody)
    assert (shown.headers["ETag"], shown.json()["last_day"]) == ('"1"', "2026-07-03")
    async with platform.app.state.database.reading() as session:
        assert await calendar_of(session, "FRH0") == replace(
            BRETAGNE, settings=region_settings("FRH0")
        )
        assert await calendar_of(session, "ES21") == Calendar((), region_settings("ES21"))


async def test_what_a_coordinator_has_set_is_never_overwritten_by_the_official_one(
    platform: Any,
) -> None:
    made = await put(platform, given(last_day="2026-06-30"))
    assert (made.status_code, made.headers["ETag"]) == (200, '"1"'), made.text
    assert made.json()["id"] == str(calendar_id("FRH0", "2025-2026"))
    assert await seed(platform) == len(BRETAGNE.years) - 1
    shown = await platform.client.get(PATH, headers=platform.who(Role.TEACHER))
    assert shown.json()["last_day"] == "2026-06-30"


async def test_a_calendar_that_is_there_is_changed_by_who_has_seen_it(platform: Any) -> None:
    await put(platform, given())
    assert platform.rule(await put(platform, given(last_day="2026-07-02"))) == (
        428,
        "if-match-missing",
    )
    assert platform.rule(await put(platform, given(last_day="2026-07-02"), 4)) == (
        412,
        "version-stale",
    )
    same = await put(platform, given(), 1)
    assert (same.status_code, same.headers["ETag"]) == (200, '"1"')
    changed = await put(platform, given(last_day="2026-07-02"), 1)
    assert (changed.status_code, changed.headers["ETag"]) == (200, '"2"')
    assert await platform.said() == ["school-calendar-set"] * 2


async def test_of_two_who_set_the_first_at_once_one_must_look_again(platform: Any) -> None:
    answers = await asyncio.gather(*(put(platform, given()) for _ in range(4)))
    assert sorted(answer.status_code for answer in answers) == [200, 428, 428, 428]
    assert await platform.said() == ["school-calendar-set"]


async def test_only_the_regions_own_coordinator_sets_its_calendar(platform: Any) -> None:
    refused = await platform.client.put(PATH, json=given(), headers=platform.who(Role.HEAD))
    assert platform.rule(refused) == (403, "role-not-allowed")
    other = "/v1/calendars/NL/2025-2026"
    refused = await platform.client.put(other, json=given(), headers=platform.who(Role.COORDINATOR))
    assert platform.rule(refused) == (403, "region-not-yours")
    unknown = await platform.client.get(other, headers=platform.who(Role.COORDINATOR))
    assert platform.rule(unknown) == (404, "calendar-unknown")
    overlapping = given()["holidays"] * 2
    refused = await put(platform, given(holidays=overlapping))
    assert platform.rule(refused) == (422, "holidays-out-of-order")
    assert refused.json()["errors"][0]["field"] == "holidays.2.first"


async def test_a_calendar_is_refused_by_caller_then_version_then_what_is_wrong_with_it(
    platform: Any,
) -> None:
    await put(platform, given())
    unsound, stranger = given(time_zone="Europe"), platform.who(Role.HEAD) | {"If-Match": '"9"'}
    answers = [
        await platform.client.put(PATH, json=unsound, headers=stranger),
        await put(platform, unsound, 9),
        await put(platform, unsound, 1),
    ]
    assert [answer.status_code for answer in answers] == [403, 412, 422]
