"""When and for whom an offer has room: what a wish must keep to, and what still is free."""

from collections.abc import Sequence
from datetime import date, datetime, time, timedelta
from zoneinfo import ZoneInfo

from triskel.activities.activities.rules.activity import Slot
from triskel.activities.calendars.rules import Calendar, without_school
from triskel.activities.offers.refusals import (
    DateOutsideSeasons,
    HalfDayNotOffered,
    LeadTimeTooShort,
    LevelNotOffered,
    PlaceNotOffered,
    PupilsAboveCapacity,
    SeasonBelowTaken,
    SeasonFull,
    TooFar,
    WeekdayNotOffered,
)
from triskel.activities.offers.rules.offer import Offer, Season, Taken
from triskel.contracts.codes import HalfDay, Isced, PlaceKind, Side
from triskel.contracts.days import day_in

NOON = time(13)
"""Where the morning ends."""


def free_days(offer: Offer, taken: Taken, calendar: Calendar, since: date) -> list[date]:
    """The days from `since` on that a request may name, if it comes early enough."""
    return [
        day
        for season in sorted(offer.seasons, key=lambda season: season.first)
        if sum(taken.within(season)) < season.activities
        for day in season.days(since)
        if without_school(offer.form, calendar, day) is None
    ]


def first_day(offer: Offer, now: datetime) -> date:
    """The first day that the lead time allows."""
    return offer.today(now) + timedelta(days=offer.lead_days)


def halves(slot: Slot, zone: ZoneInfo) -> set[HalfDay]:
    """The half days of its first day that a slot touches."""
    starts, ends = slot.starts_at.astimezone(zone), slot.ends_at.astimezone(zone)
    touched = {HalfDay.MORNING} if starts.time() < NOON else {HalfDay.AFTERNOON}
    if day_in(ends, zone) > day_in(starts, zone) or ends.time() > NOON:
        touched.add(HalfDay.AFTERNOON)
    return touched


def check_fits(offer: Offer, levels: Sequence[Isced], people: int | None, field: str) -> None:
    """Raises `Invalid` for more people than the offer takes (given as `field`), or a level that it
    does not."""
    if people is not None and people > offer.capacity:
        raise PupilsAboveCapacity(capacity=offer.capacity, field=field, value=people)
    foreign = [level for level in levels if offer.levels and level not in offer.levels]
    if foreign:
        raise LevelNotOffered(levels=", ".join(offer.levels), value=foreign[0])


def check_promised(offer: Offer, taken: Taken) -> None:
    """Raises `Conflict` when more is taken of a season than an offer has: what was promised stays
    promised."""
    for season in offer.seasons:
        promised = sum(taken.within(season))
        if promised > season.activities:
            raise SeasonBelowTaken(
                promised=promised,
                first=season.first,
                last=season.last,
                value=season.activities,
            )


def check_not_over(season: Season, taken: Taken, day: date, field: str) -> None:
    """Raises `Conflict` when more is taken of a season than there is; `day`, given as `field`, took
    the last of it."""
    if sum(taken.within(season)) > season.activities:
        raise SeasonFull(
            first=season.first,
            last=season.last,
            activities=season.activities,
            field=field,
            value=day.isoformat(),
        )


def check_wish(offer: Offer, wish: Slot, asker: Side, away: float | None, now: datetime) -> None:
    """Raises `Invalid` for a slot that the offer does not have. The lead time and the radius guard
    the host: they do not bind it when it asks itself. `away` is the school from it, in km; null:
    nobody knows."""
    if wish.place not in offer.places:
        raise PlaceNotOffered(places=", ".join(offer.places), value=wish.place)
    zone = ZoneInfo(offer.time_zone)
    day = day_in(wish.starts_at, zone)
    shown = wish.starts_at.isoformat()
    season = offer.season_on(day)
    if season is None:
        listed = ", ".join(f"{each.first} – {each.last}" for each in offer.seasons)
        raise DateOutsideSeasons(seasons=listed, value=shown)
    if day.isoweekday() not in season.weekdays:
        days = ", ".join(map(str, sorted(season.weekdays)))
        raise WeekdayNotOffered(weekdays=days, value=shown)
    if not halves(wish, zone) <= set(season.half_days):
        raise HalfDayNotOffered(half_days=", ".join(season.half_days), value=shown)
    if asker is Side.HOST:
        return
    if day < first_day(offer, now):
        raise LeadTimeTooShort(days=offer.lead_days, first=first_day(offer, now), value=shown)
    bound = offer.radius_km if wish.place is PlaceKind.SCHOOL else None
    if bound is not None and away is not None and away > bound:
        raise TooFar(radius=bound, away=round(away))
