"""One offer: draft it, change it, publish, pause, resume and retire it; what is taken of it."""

from typing import Annotated
from uuid import UUID

from fastapi import Request, Response

from triskel.activities.activities.queries import parties_of, sides_of
from triskel.activities.activities.routes.target import MEMBERS, Member, Reader, home_of
from triskel.activities.calendars.queries import calendar_of
from triskel.activities.offers import actions
from triskel.activities.offers.commands.counting import taken_of
from triskel.activities.offers.commands.keeping import OFFERS, draft
from triskel.activities.offers.queries import check_may_read, steps_of
from triskel.activities.offers.refusals import HostIsASchool, HostOnly
from triskel.activities.offers.rules import availability
from triskel.activities.offers.rules.geography import position_of
from triskel.activities.offers.rules.offer import Offer, OfferAttempt, OfferFacts
from triskel.activities.offers.schemas import (
    CapacityAnswer,
    DetailsBody,
    NewOfferBody,
    OfferAnswer,
    OfferStep,
    SeasonUseAnswer,
)
from triskel.chassis.actions import Actor
from triskel.chassis.http import Router, set_etag
from triskel.chassis.http.actions import Asked, Target, described, target_of
from triskel.contracts import activities as contract
from triskel.contracts.codes import OrganisationKind

router = Router(prefix="/v1/offers", tags=["offers"])


class OfferTarget(Target[Offer, OfferFacts]):
    async def answer(self, attempt: OfferAttempt) -> OfferAnswer:
        row = await OFFERS.find(self.context.session, self.id)
        return OfferAnswer.of(attempt, row.next_free)


OnOffer = Annotated[OfferTarget, target_of(OFFERS, "offer", MEMBERS, OfferTarget)]


@router.post("", status_code=201, summary="Draft an offer")
async def draft_offer(
    caller: Member, context: Asked, body: NewOfferBody, request: Request, response: Response
) -> OfferAnswer:
    parties = await parties_of(context.session, body.host_id, calendars_of=())
    home = home_of(request, parties, None, body.host_id)
    actor = Actor(caller.roles, sides_of(caller, home.region, None, body.host_id))
    if not actor.sides:
        raise HostOnly
    if home.kind == OrganisationKind.SCHOOL:
        raise HostIsASchool(value=str(home.id))
    details = body.given()
    calendar = parties.calendar(home.region, context.settings.time_zone)
    details |= {
        "host_id": home.id,
        "region": home.region,
        "format": body.format,
        "position": details.get("position") or position_of(home),
        "time_zone": calendar.time_zone,
    }
    drafted = await draft(context, details, actor, parties)
    set_etag(response, drafted.subject.version)
    response.headers["Location"] = f"/v1/offers/{drafted.subject.id}"
    return OfferAnswer.of(drafted, None)


@router.get("/{offer_id}", summary="One offer")
async def show_offer(
    caller: Reader, context: Asked, offer_id: UUID, response: Response
) -> OfferAnswer:
    row = await OFFERS.find(context.session, offer_id)
    offer = OFFERS.shape.to_domain(row)
    check_may_read(caller, offer)
    set_etag(response, offer.version)
    return OfferAnswer.of(await OFFERS.attempt(context, offer), row.next_free)


@router.get("/{offer_id}/history", summary="Who did what, and when")
async def show_history(caller: Reader, context: Asked, offer_id: UUID) -> list[OfferStep]:
    check_may_read(caller, await OFFERS.get(context.session, offer_id), inside=True)
    steps = await steps_of(context.session, offer_id)
    return [OfferStep.model_validate(step.model_dump()) for step in steps]


@router.get("/{offer_id}/capacity", summary="What of it is agreed, asked for and free")
async def show_capacity(caller: Reader, context: Asked, offer_id: UUID) -> CapacityAnswer:
    offer = await OFFERS.get(context.session, offer_id)
    check_may_read(caller, offer, inside=True)
    taken = (await taken_of(context.session, [offer_id]))[offer_id]
    calendar = await calendar_of(context.session, offer.region, offer.time_zone)
    first = availability.first_day(offer, context.now)
    days = availability.free_days(offer, taken, calendar, first)
    seasons = []
    for season in offer.seasons:
        booked, asked = taken.within(season)
        told = contract.Season.model_validate(season, from_attributes=True)
        seasons.append(
            SeasonUseAnswer(
                **told.model_dump(),
                booked=booked,
                asked=asked,
                free=max(0, season.activities - booked - asked),
                next_free=next((day for day in days if season.first <= day <= season.last), None),
            )
        )
    return CapacityAnswer(offer_id=offer_id, next_free=days[0] if days else None, seasons=seasons)


@router.patch("/{offer_id}", **described(actions.UPDATE))
async def update(on: OnOffer, body: DetailsBody) -> OfferAnswer:
    return await on.answer(await on.act(actions.UPDATE, body.given()))


@router.post("/{offer_id}/publish", **described(actions.PUBLISH))
async def publish(on: OnOffer) -> OfferAnswer:
    return await on.answer(await on.act(actions.PUBLISH))


@router.post("/{offer_id}/pause", **described(actions.PAUSE))
async def pause(on: OnOffer) -> OfferAnswer:
    return await on.answer(await on.act(actions.PAUSE))


@router.post("/{offer_id}/resume", **described(actions.RESUME))
async def resume(on: OnOffer) -> OfferAnswer:
    return await on.answer(await on.act(actions.RESUME))


@router.post("/{offer_id}/retire", **described(actions.RETIRE))
async def retire(on: OnOffer) -> OfferAnswer:
    return await on.answer(await on.act(actions.RETIRE))
