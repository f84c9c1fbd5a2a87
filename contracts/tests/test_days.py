"""Days are those of a region, also when its clocks change."""

from datetime import UTC, date, datetime, timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st

from triskel.contracts.days import day_in, days_later, latest_day, zone_of

PARIS = "Europe/Paris"
MOMENTS = st.integers(0, 3 * 365 * 24 * 60).map(
    lambda minutes: datetime(2024, 1, 1, tzinfo=UTC) + timedelta(minutes=minutes)
)


def at(text: str) -> datetime:
    return datetime.fromisoformat(text)


@pytest.mark.parametrize(
    ("moment", "days", "later"),
    [
        # a plain day
        ("2026-01-05T09:00:00+01:00", 14, "2026-01-19T09:00:00+01:00"),
        # the clocks go forward on 29 March 2026, and back on 25 October
        ("2026-03-20T09:00:00+01:00", 14, "2026-04-03T09:00:00+02:00"),
        ("2026-10-20T09:00:00+02:00", 14, "2026-11-03T09:00:00+01:00"),
        ("2026-04-03T09:00:00+02:00", -14, "2026-03-20T09:00:00+01:00"),
        ("2026-11-03T09:00:00+01:00", -14, "2026-10-20T09:00:00+02:00"),
        # a time that is skipped, and one that comes twice
        ("2026-03-28T02:30:00+01:00", 1, "2026-03-29T03:30:00+02:00"),
        ("2026-10-24T02:30:00+02:00", 1, "2026-10-25T02:30:00+02:00"),
        ("2026-10-25T02:30:00+01:00", 1, "2026-10-26T02:30:00+01:00"),
    ],
)
def test_days_later_is_the_same_time_of_the_clock(moment: str, days: int, later: str) -> None:
    assert days_later(at(moment), days, PARIS) == at(later)
    # written in whatever zone
    assert days_later(at(moment).astimezone(UTC), days, PARIS) == at(later)


@given(MOMENTS, st.integers(-400, 400))
def test_days_later_is_so_many_days_of_the_calendar_later(moment: datetime, days: int) -> None:
    later = days_later(moment, days, PARIS)
    assert day_in(later, PARIS) - day_in(moment, PARIS) == timedelta(days=days)
    assert abs(later - moment - timedelta(days=days)) <= timedelta(hours=1)


def test_a_day_is_that_of_the_region_half_an_hour_after_its_midnight() -> None:
    for moment in ("2026-01-05T23:30:00+00:00", "2026-07-05T22:30:00+00:00"):
        assert day_in(at(moment), PARIS) == at(moment).date() + timedelta(days=1)
    assert latest_day(at("2026-07-05T21:30:00+00:00")) == date(2026, 7, 6)


def test_a_region_has_its_countrys_zone_and_an_island_its_own() -> None:
    zones = {region: zone_of(region) for region in ("FRH0", "FRY4", "ES21", "ES70", "NL", "XX")}
    assert zones == {
        "FRH0": PARIS,
        "FRY4": "Indian/Reunion",
        "ES21": "Europe/Madrid",
        "ES70": "Atlantic/Canary",
        "NL": "Europe/Amsterdam",
        "XX": "UTC",
    }
    assert zone_of("XX", "Europe/Paris") == PARIS
