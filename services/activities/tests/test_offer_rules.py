"""The rules of an offer: who may do what with it, and when it has room."""

from dataclasses import asdict, replace
from datetime import UTC, date, datetime, timedelta
from itertools import product
from types import SimpleNamespace
from typing import Any
from uuid import uuid4

import pytest
from hypothesis import given
from hypothesis import strategies as st

from triskel.activities.activities.rules.activity import Slot
from triskel.activities.calendars.rules import Calendar, Holiday, SchoolYear
from triskel.activities.offers.actions import ACTIONS
from triskel.activities.offers.rules import availability as room
from triskel.activities.offers.rules import offer as rules
from triskel.activities.offers.rules.geography import (
    Position,
    apart,
    kilometres,
    places_of,
    places_of_offer,
)
from triskel.activities.offers.rules.offer import Offer, Season, Taken
from triskel.chassis.actions import Actor
from triskel.contracts.codes import (
    ActivityFormat,
    HalfDay,
    Isced,
    OfferState,
    PlaceKind,
    Role,
    Side,
)
from triskel.contracts.refusals import Refusal

NOW = datetime(2025, 10, 1, 8, tzinfo=UTC)
S = OfferState
EVERY_HALF = tuple(HalfDay)
AUTUMN = Holiday("vacances de la Toussaint", date(2025, 10, 18), date(2025, 11, 2))
CALENDAR = Calendar(
    "Europe/Paris", (SchoolYear("2025-2026", date(2025, 9, 1), date(2026, 7, 3), (AUTUMN,)),)
)
HOST, COORDINATOR, SCHOOL, NOBODY = (
    Actor(frozenset({role}), frozenset(sides))
    for role, sides in (
        (Role.COMPANY, {Side.HOST}),
        (Role.COORDINATOR, {Side.COORDINATOR}),
        (Role.TEACHER, {Side.SCHOOL}),
        (Role.HEAD, set[Side]()),
    )
)


def season(first: date, days: int, activities: int = 2, **more: Any) -> Season:
    known = Season(first, first + timedelta(days=days - 1), (1, 2, 3, 4, 5), EVERY_HALF, activities)
    return replace(known, **more)


def offer(state: OfferState = S.PUBLISHED, **more: Any) -> Offer:
    known = Offer(
        id=uuid4(),
        region="FRH0",
        version=1,
        host_id=uuid4(),
        format=ActivityFormat.COMPANY_VISIT,
        state=state,
        title="Visite de l'atelier",
        description="Une demi-journée.",
        capacity=30,
        places=(PlaceKind.COMPANY,),
        time_zone="Europe/Paris",
        drafted_at=NOW,
        seasons=(season(date(2025, 11, 3), 28),),
    )
    return replace(known, **more)


def attempt(known: Offer, actor: Actor, host: Any = None) -> Any:
    return rules.OfferAttempt(known, actor, rules.OfferFacts(host), NOW)


def slot(start: datetime, hours: float = 2, place: PlaceKind = PlaceKind.COMPANY) -> Slot:
    return Slot(start, start + timedelta(hours=hours), "Europe/Paris", place)


def wish_rule(of: Offer, wish: Slot, asker: Side = Side.SCHOOL, away: float | None = None) -> str:
    with pytest.raises(Refusal) as refused:
        room.check_wish(of, wish, asker, away, NOW)
    return refused.value.rule


CLOSED = {"en": "The organisation is closed", "fr": "L'organisation est fermée"}


@pytest.mark.parametrize(
    ("state", "actor", "host"),
    list(
        product(
            S,
            (HOST, COORDINATOR, SCHOOL, NOBODY),
            (None, CLOSED),
        )
    ),
)
def test_what_the_list_allows_is_accepted_and_nothing_else(
    state: OfferState, actor: Actor, host: dict[str, str] | None
) -> None:
    trying = attempt(offer(state), actor, host)
    accepted = set()
    for action in ACTIONS:
        given = {"changes": {"capacity": 20}} if action.name == "update" else {}
        try:
            changes = action.decide(trying, **given)
        except Refusal:
            continue
        accepted.add(action.name)
        assert [change.subject.version for change in changes] in ([2], [])
    assert accepted == set(ACTIONS.allowed(trying))


def test_a_retired_offer_does_not_come_back() -> None:
    for actor in (HOST, COORDINATOR, SCHOOL):
        assert ACTIONS.allowed(attempt(offer(S.RETIRED), actor)) == ()


def test_a_school_requests_only_what_is_published() -> None:
    states = [state for state in S if "request" in ACTIONS.allowed(attempt(offer(state), SCHOOL))]
    assert states == [S.PUBLISHED]


@given(
    first=st.dates(date(2025, 9, 1), date(2026, 2, 1)),
    days=st.integers(1, 90),
    weekdays=st.sets(st.integers(1, 7), min_size=1),
    since=st.dates(date(2025, 8, 1), date(2026, 6, 1)),
    activities=st.integers(1, 3),
    taken=st.lists(st.tuples(st.dates(date(2025, 8, 1), date(2026, 6, 1)), st.booleans())),
)
def test_a_day_is_free_in_a_season_that_is_not_full_on_its_weekdays_when_school_is_in(
    first: date,
    days: int,
    weekdays: set[int],
    since: date,
    activities: int,
    taken: list[tuple[date, bool]],
) -> None:
    of = season(first, days, activities, weekdays=tuple(sorted(weekdays)))
    counts: tuple[dict[date, int], dict[date, int]] = ({}, {})
    for day, asked in taken:
        counts[asked][day] = counts[asked].get(day, 0) + 1
    free = room.free_days(offer(seasons=(of,)), Taken(*counts), CALENDAR, since)
    full = sum(of.first <= day <= of.last for day, _ in taken) >= activities
    expected = [
        day
        for day in (first + timedelta(days=ahead) for ahead in range(days))
        if not full
        and day >= since
        and day.isoweekday() in weekdays & {1, 2, 3, 4, 5}
        and not date(2025, 10, 18) <= day <= date(2025, 11, 2)
    ]
    assert free == expected


def test_a_slot_keeps_to_the_half_days_that_it_touches() -> None:
    mornings = offer(seasons=(season(date(2025, 11, 3), 28, half_days=(HalfDay.MORNING,)),))
    nine = datetime(2025, 11, 4, 8, tzinfo=UTC)
    room.check_wish(mornings, slot(nine, 4), Side.SCHOOL, None, NOW)
    assert wish_rule(mornings, slot(nine, 4.5)) == "half-day-not-offered"
    assert wish_rule(mornings, slot(nine, 24)) == "half-day-not-offered"
    assert wish_rule(mornings, slot(nine + timedelta(hours=4))) == "half-day-not-offered"


def test_the_lead_time_and_the_radius_guard_the_host_and_do_not_bind_it() -> None:
    lesson = offer(
        format=ActivityFormat.GUEST_LESSON,
        places=(PlaceKind.SCHOOL, PlaceKind.ONLINE),
        position=Position(48.11, -1.67),
        radius_km=50,
        lead_days=40,
    )
    brest = 210.0
    soon = slot(datetime(2025, 11, 4, 8, tzinfo=UTC), place=PlaceKind.SCHOOL)
    later = replace(soon, starts_at=soon.starts_at + timedelta(days=14), ends_at=soon.ends_at)
    later = replace(later, ends_at=later.starts_at + timedelta(hours=2))
    assert wish_rule(lesson, soon, away=brest) == "lead-time-too-short"
    assert wish_rule(lesson, later, away=brest) == "too-far"
    room.check_wish(lesson, later, Side.SCHOOL, None, NOW)  # nobody knows where the school is
    room.check_wish(lesson, replace(later, place=PlaceKind.ONLINE), Side.SCHOOL, brest, NOW)
    room.check_wish(lesson, soon, Side.HOST, brest, NOW)


def test_an_offer_without_levels_is_for_all() -> None:
    room.check_fits(offer(), [Isced.PRIMARY], 30, "pupils")
    with pytest.raises(Refusal, match="ISCED 3"):
        room.check_fits(offer(levels=(Isced.UPPER_SECONDARY,)), [Isced.PRIMARY], 30, "pupils")


def test_kilometres_are_those_of_the_great_circle() -> None:
    rennes, brest = Position(48.1173, -1.6778), Position(48.3904, -4.4861)
    assert kilometres(rennes, brest) == pytest.approx(210, abs=2)
    assert kilometres(rennes, rennes) == 0


def test_an_offer_at_its_hosts_own_place_is_as_near_as_the_nearest_of_all_sites() -> None:
    rennes, brest = Position(48.1173, -1.6778), Position(48.3904, -4.4861)

    def host(*sites: Position) -> Any:
        known = [{"position": asdict(site)} for site in sites]
        return SimpleNamespace(latitude=48.1173, longitude=-1.6778, sites=known)

    assert places_of_offer(rennes, host(brest)) == (rennes, brest)
    assert places_of_offer(brest, host(rennes)) == (brest,)
    assert places_of_offer(None, host(brest)) == ()
    assert apart(places_of_offer(rennes, host(brest)), places_of(host(brest))) == 0
    assert apart((rennes,), (brest, rennes)) == 0
    assert apart((), (brest,)) is None
