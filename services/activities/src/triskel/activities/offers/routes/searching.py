"""Finding offers: schools what they may request, hosts and coordinators what they keep."""

from typing import Annotated, Any
from uuid import UUID

from fastapi import Query, Request

from triskel.activities.activities.queries import eligibility_of
from triskel.activities.activities.routes.target import Reader
from triskel.activities.activities.schemas import Subject
from triskel.activities.offers import queries as searching
from triskel.activities.offers.queries import Search, Sort
from triskel.activities.offers.routes.acting import answer
from triskel.activities.offers.schemas import OfferAnswer
from triskel.chassis.auth import Caller
from triskel.chassis.http import Now, Page, Paging, Router, Session
from triskel.chassis.http.values import Day, Language, OneLine
from triskel.chassis.paging import PageRequest, paginate
from triskel.contracts.codes import ActivityFormat, Isced, OfferState, PlaceKind, Role
from triskel.contracts.days import day_in
from triskel.contracts.refusals import Invalid

router = Router(prefix="/v1/offers", tags=["offers"])
NEAR_KM = 50.0
Words = Annotated[str, OneLine(longest=200, shortest=0)]


async def _page(
    caller: Caller, session: Session, found: searching.Found, page: PageRequest
) -> Page[OfferAnswer]:
    rows, following = await paginate(session, found.statement, keys=found.keys, page=page)
    known = [(searching.stored(data), day, km) for data, day, km in rows]
    hosts = await eligibility_of(session, [offer.host_id for offer, _, _ in known])
    items = [answer(caller, offer, hosts[offer.host_id], day, km) for offer, day, km in known]
    return Page(items=items, next=following)


@router.get("", summary="Search offers")
async def find(
    page: Paging,
    caller: Reader,
    session: Session,
    now: Now,
    request: Request,
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
        near = (latitude, longitude, km)
    elif latitude is not None or longitude is not None or sort is Sort.DISTANCE:
        missing = "latitude" if latitude is None else "longitude"
        raise Invalid("position-missing", "Give latitude and longitude.", field=missing)
    today = day_in(now, request.app.state.settings.time_zone)
    since = max(date_from or today, today)
    if date_to is not None and date_to < since:
        raise Invalid(
            "period-over",
            "The time asked for ends before it begins, or in the past.",
            field="date_to",
            value=date_to.isoformat(),
        )
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
    return await _page(caller, session, searching.search(wanted), page)


@router.get("/managed", summary="The offers that you keep, in every state")
async def managed(
    page: Paging,
    caller: Reader,
    session: Session,
    host_id: UUID | None = None,
    state: OfferState | None = None,
) -> Page[OfferAnswer]:
    """A host's own; a region's for its coordinator and authorities."""
    overseen = caller.region if caller.is_(Role.COORDINATOR, Role.AUTHORITY) else None
    found = searching.managed(overseen, caller.organisation, host_id, state)
    return await _page(caller, session, found, page)
