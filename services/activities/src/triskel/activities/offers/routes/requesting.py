"""Requests from an offer."""

from fastapi import Request

from triskel.activities.activities.queries import sides_of
from triskel.activities.activities.refusals import NotAParticipant
from triskel.activities.activities.routes.target import home_of
from triskel.activities.activities.rules.activity import Slot
from triskel.activities.activities.schemas import ActivityAnswer
from triskel.activities.offers import actions
from triskel.activities.offers.commands.keeping import (
    OFFERS,
    facts_from,
    parties_and_taken,
)
from triskel.activities.offers.commands.requesting import Wanted, request_from
from triskel.activities.offers.queries import actor_of, check_may_read
from triskel.activities.offers.routes.keeping import OnOffer
from triskel.activities.offers.rules.offer import OfferAttempt
from triskel.activities.offers.schemas import RequestBody
from triskel.chassis.actions import Actor
from triskel.chassis.http import Router, set_etag
from triskel.chassis.http.actions import described

router = Router(prefix="/v1/offers", tags=["offers"])


@router.post("/{offer_id}/requests", status_code=201, **described(actions.REQUEST))
async def ask(on: OnOffer, body: RequestBody, request: Request) -> ActivityAnswer:
    """A proposed activity. The school's side asks the host; the host itself, for one of its
    partners, asks the school."""
    context = on.context
    # locked first of all: of two who want the last place, the second waits here
    offer = OFFERS.shape.to_domain(await OFFERS.find(context.session, on.id, lock=True))
    check_may_read(context.caller, offer)
    named = (body.school_id, body.partnership_id)
    parties = await parties_and_taken(context.session, offer, *named)
    facts = facts_from(parties, offer)
    before = OfferAttempt(offer, actor_of(context.caller, offer), facts, context.now)
    await OFFERS.act_on(context, before, None, actions.REQUEST)
    home = home_of(request, parties, body.school_id, offer.host_id)
    sides = sides_of(context.caller, home.region, body.school_id, offer.host_id)
    if not sides:
        raise NotAParticipant
    actor = Actor(context.caller.roles, sides)
    time_zone = parties.calendar(home.region, context.settings.time_zone).time_zone
    wanted = Wanted(
        school_id=body.school_id,
        partnership_id=body.partnership_id,
        school_year=body.school_year,
        wished=tuple(
            Slot(
                starts_at=wish.starts_at,
                ends_at=wish.ends_at,
                time_zone=time_zone,
                place=wish.place or offer.places[0],
                place_name=wish.place_name,
            )
            for wish in body.wished
        ),
        people=body.pupils,
        levels=tuple(dict.fromkeys(body.levels)),
        message=body.message,
        answer_days=body.answer_days,
    )
    asked = await request_from(context, offer, wanted, home, actor, parties)
    activity = asked.subject
    set_etag(on.response, activity.version)
    on.response.headers["Location"] = f"/v1/activities/{activity.id}"
    return ActivityAnswer.of(asked)
