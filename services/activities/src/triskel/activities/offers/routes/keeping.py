"""One offer: draft it, change it, publish, pause, resume and retire it; what is taken of it."""

from typing import Any
from uuid import UUID

from fastapi import Request, Response

from triskel.activities.activities.queries import eligibility_of, parties_of, sides_of
from triskel.activities.activities.routes.target import Member, Reader, home_of
from triskel.activities.calendars.queries import calendar_of
from triskel.activities.offers.commands import keeping
from triskel.activities.offers.commands.counting import decided, taken_of
from triskel.activities.offers.routes.acting import Action, answer, check_may_read
from triskel.activities.offers.rules import availability as room
from triskel.activities.offers.rules.geography import position_of
from triskel.activities.offers.schemas import (
    Capacity,
    Details,
    NewOffer,
    OfferAnswer,
    OfferStep,
    SeasonUse,
)
from triskel.chassis.actions import Actor
from triskel.chassis.http import Events, Now, Router, Session, set_etag
from triskel.contracts import activities as said
from triskel.contracts.codes import OrganisationKind
from triskel.contracts.refusals import Conflict, Forbidden, Invalid

router = Router(prefix="/v1/offers", tags=["offers"])
_MAY_BE_NULL = {"position", "radius_km", "equipment"}


def _check_not_null(given: dict[str, Any]) -> None:
    for name, value in given.items():
        if value is None and name not in _MAY_BE_NULL:
            raise Invalid("value-missing", f"{name} cannot be empty.", field=name)


@router.post("", status_code=201, summary="Draft an offer")
async def draft(
    caller: Member,
    body: NewOffer,
    session: Session,
    events: Events,
    now: Now,
    request: Request,
    response: Response,
) -> OfferAnswer:
    parties = await parties_of(session, body.host_id)
    home = home_of(request, parties, None, body.host_id)
    actor = Actor(caller.roles, sides_of(caller, home.region, None, body.host_id))
    if not actor.sides:
        raise Forbidden("host-only", "Only the host and its region's coordinator may draft it.")
    if home.kind == OrganisationKind.SCHOOL:
        raise Conflict(
            "host-is-a-school", "A school hosts no offers.", field="host_id", value=str(home.id)
        )
    details = body.given()
    _check_not_null(details)
    otherwise = request.app.state.settings.time_zone
    details |= {
        "host_id": home.id,
        "region": home.region,
        "format": body.format,
        "position": details.get("position") or position_of(home),
        "time_zone": (await calendar_of(session, home.region, otherwise)).time_zone,
    }
    offer = await keeping.draft(session, events, details, actor.role, now)
    set_etag(response, offer.version)
    response.headers["Location"] = f"/v1/offers/{offer.id}"
    host = (await eligibility_of(session, [offer.host_id]))[offer.host_id]
    return answer(caller, offer, host, None)


@router.get("/{number}", summary="One offer")
async def show(caller: Reader, number: UUID, session: Session, response: Response) -> OfferAnswer:
    row = await keeping.one(session, number)
    check_may_read(caller, row)
    set_etag(response, row.version)
    host = (await eligibility_of(session, [row.host_id]))[row.host_id]
    return answer(caller, decided(row), host, row.next_free)


@router.get("/{number}/history", summary="Who did what, and when")
async def history(caller: Reader, number: UUID, session: Session) -> list[OfferStep]:
    check_may_read(caller, await keeping.one(session, number), inside=True)
    steps = await keeping.steps_of(session, number)
    return [OfferStep.model_validate(step.model_dump()) for step in steps]


@router.get("/{number}/capacity", summary="What of it is agreed, asked for and free")
async def capacity(caller: Reader, number: UUID, session: Session, now: Now) -> Capacity:
    row = await keeping.one(session, number)
    check_may_read(caller, row, inside=True)
    offer = decided(row)
    taken = (await taken_of(session, [number]))[number]
    calendar = await calendar_of(session, offer.region, offer.time_zone)
    days = room.free_days(offer, taken, calendar, room.first_day(offer, now))
    seasons = []
    for season in offer.seasons:
        booked, asked = taken.within(season)
        seasons.append(
            SeasonUse(
                **said.Season.model_validate(season, from_attributes=True).model_dump(),
                booked=booked,
                asked=asked,
                free=max(0, season.activities - booked - asked),
                next_free=next((day for day in days if season.first <= day <= season.last), None),
            )
        )
    return Capacity(offer_id=number, next_free=days[0] if days else None, seasons=seasons)


@router.patch("/{number}", summary="Change it; what is agreed stays agreed")
async def update(acting: Action, body: Details) -> OfferAnswer:
    changes = body.given()
    _check_not_null(changes)
    return await acting.act("update", changes)


@router.post("/{number}/publish", summary="Let schools find it")
async def publish(acting: Action) -> OfferAnswer:
    return await acting.act("publish")


@router.post("/{number}/pause", summary="Let no school find it for a while")
async def pause(acting: Action) -> OfferAnswer:
    return await acting.act("pause")


@router.post("/{number}/resume", summary="Let schools find it again")
async def resume(acting: Action) -> OfferAnswer:
    return await acting.act("resume")


@router.post("/{number}/retire", summary="Take it away for good")
async def retire(acting: Action) -> OfferAnswer:
    return await acting.act("retire")
