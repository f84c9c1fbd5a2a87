"""Finding offers: schools what they may request, hosts and coordinators what they keep."""

from typing import Annotated, Any
from uuid import UUID

from fastapi import Query

from triskel.activities.activities.routes.target import Reader
from triskel.activities.activities.schemas import Subject
from triskel.activities.offers.commands.keeping import OFFERS
from triskel.activities.offers.queries import Found, Search, Sort, managed, page_of, search
from triskel.activities.offers.refusals import PeriodOver, PositionMissing
from triskel.activities.offers.schemas import OfferAnswer
from triskel.chassis.commands import Context
from triskel.chassis.distances import Around
from triskel.chassis.http import Page, Paging, Router
from triskel.chassis.http.actions import Asked
from triskel.chassis.http.values import Day, Language, OneLine
from triskel.chassis.paging import PageRequest
from triskel.contracts.codes import ActivityFormat, Isced, OfferState, PlaceKind, Role
from triskel.contracts.days import day_in

router = Router(prefix="/v1/offers", tags=["offers"])
NEAR_KM = 50.0
Words = Annotated[str, OneLine(longest=200, shortest=0)]


async def _page(context: Context, found: Found, page: PageRequest) -> Page[OfferAnswer]:
    shown, following = await page_of(context.session, found, page)
    attempts = await OFFERS.attempts(context, [each.offer for each in shown])
    items = [
        OfferAnswer.of(attempt, each.next_free, each.distance)
        for attempt, each in zip(attempts, shown, strict=True)
    ]
    return Page(items=items, next=following)


@router.get("", summary="Search offers")
async def find_offers(
    page: Paging,
    caller: Reader,
    context: Asked,
    q: Annotated[Words | None, Query(description="words, without accents")] = None,
    subject: Annotated[Subject | None, Query()] = None,
    level: Isced | None = None,
    format: ActivityFormat | None = None,
    language: Annotated[Language | None, Query()] = None,
    place: PlaceKind | None = None,
    host_id: UUID | None = None,
    latitude: Annotated[float | None, Query(ge=-90, le=90)] = None,
    longitude: Annotated[float | None, Query(ge=-180, le=180)] = None,
    km: Annotated[float, Query(gt=0, le=1000)] = NEAR_KM,
    date_from: Annotated[Day | None, Query()] = None,
    date_to: Annotated[Day | None, Query()] = None,
    still_free: Annotated[bool, Query(description="implied by the dates")] = False,
    sort: Sort = Sort.RELEVANCE,
) -> Page[OfferAnswer]:
    """Published offers of approved hosts that answer. With a position, those that have one too and
    are within `km`; who only comes to schools must come as far."""
    near = None
    if latitude is not None and longitude is not None:
        near = Around(latitude, longitude, km)
    elif latitude is not None or longitude is not None or sort is Sort.DISTANCE:
        missing = "latitude" if latitude is None else "longitude"
        raise PositionMissing(field=missing)
    today = day_in(context.now, context.settings.time_zone)
    since = max(date_from or today, today)
    if date_to is not None and date_to < since:
        raise PeriodOver(value=date_to.isoformat())
    asked: dict[str, Any] = {
        "words": q,
        "subject": subject,
        "level": level,
        "format": format,
        "language": language,
        "place": place,
        "host": host_id,
    }
    free = (since, date_to) if still_free or date_from or date_to else None
    # how a host answers is between it, schools and the coordinator, and nothing for competitors
    answers = caller.is_(Role.HEAD, Role.TEACHER, Role.COORDINATOR)
    wanted = Search(today=today, near=near, free=free, sort=sort, answers=answers, **asked)
    return await _page(context, search(wanted), page)


@router.get("/managed", summary="The offers that you keep, in every state")
async def find_managed(
    page: Paging,
    caller: Reader,
    context: Asked,
    host_id: UUID | None = None,
    state: OfferState | None = None,
) -> Page[OfferAnswer]:
    """A host's own; a region's for its coordinator and authorities."""
    overseen = caller.region if caller.is_(Role.COORDINATOR, Role.AUTHORITY) else None
    found = managed(overseen, caller.organisation, host_id, state)
    return await _page(context, found, page)
