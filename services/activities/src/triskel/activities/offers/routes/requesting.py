"""Requests from an offer."""

from fastapi import Request

from triskel.activities.activities.queries import parties_of, sides_of
from triskel.activities.activities.refusals import NotAParticipant
from triskel.activities.activities.routes.target import answer_of, home_of
from triskel.activities.activities.rules.activity import Slot
from triskel.activities.activities.schemas import ActivityAnswer
from triskel.activities.calendars.queries import calendar_of
from triskel.activities.offers import actions
from triskel.activities.offers.commands.keeping import OFFERS
from triskel.activities.offers.commands.requesting import Wanted, request_from
from triskel.activities.offers.queries import check_may_read
from triskel.activities.offers.routes.keeping import OnOffer
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
    check_may_read(context.caller, await OFFERS.get(context.session, on.id))
    # locked first of all: of two who want the last place, the second waits here
    offer = (await on.act(actions.REQUEST)).subject
    parties = await parties_of(context.session, body.school_id, offer.host_id)
    home = home_of(request, parties, body.school_id, offer.host_id)
    sides = sides_of(context.caller, home.region, body.school_id, offer.host_id)
    if not sides:
        raise NotAParticipant
    actor = Actor(context.caller.roles, sides)
    calendar = await calendar_of(context.session, home.region, context.settings.time_zone)
    wanted = Wanted(
        school_id=body.school_id,
        partnership_id=body.partnership_id,
        school_year=body.school_year,
        wished=tuple(
            Slot(
                starts_at=wish.starts_at,
                ends_at=wish.ends_at,
                time_zone=calendar.time_zone,
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
    asked = await request_from(context, offer, wanted, home, actor, calendar)
    activity = asked.subject
    set_etag(on.response, activity.version)
    on.response.headers["Location"] = f"/v1/activities/{activity.id}"
    return answer_of(context, asked)
