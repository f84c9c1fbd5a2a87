"""Requests from an offer."""

from uuid import UUID

from fastapi import Request, Response

from triskel.activities.activities.routes.acting import (
    CloseAfter,
    Member,
    check_takes_part,
    home_of,
    sides_of,
)
from triskel.activities.activities.routes.acting import answer as activity_answer
from triskel.activities.activities.rules.activity import Actor, Slot
from triskel.activities.activities.schemas import Answer
from triskel.activities.calendars.queries import calendar_of
from triskel.activities.offers.commands import keeping
from triskel.activities.offers.commands.counting import decided
from triskel.activities.offers.commands.requesting import Wanted, request_from
from triskel.activities.offers.routes.acting import check_may_read
from triskel.activities.offers.schemas import NewRequest
from triskel.chassis.http import Events, Now, Router, Session, set_etag

router = Router(prefix="/v1/offers", tags=["offers"])


@router.post("/{number}/requests", status_code=201, summary="Ask for an activity from it")
async def ask(
    caller: Member,
    number: UUID,
    body: NewRequest,
    session: Session,
    events: Events,
    now: Now,
    close_after: CloseAfter,
    request: Request,
    response: Response,
) -> Answer:
    """A proposed activity. The school's side asks the host; the host itself, for one of its
    partners, asks the school."""
    # locked first of all: of two who want the last place, the second waits here
    row = await keeping.one(session, number, lock=True)
    check_may_read(caller, row)
    offer = decided(row)
    home = await home_of(request, session, body.school_id, offer.host_id)
    actor = Actor(caller.roles, sides_of(caller, home.region, body.school_id, offer.host_id))
    check_takes_part(actor)
    calendar = await calendar_of(session, home.region, request.app.state.settings.time_zone)
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
    a, facts = await request_from(session, events, offer, wanted, home, actor, calendar, now)
    set_etag(response, a.version)
    response.headers["Location"] = f"/v1/activities/{a.id}"
    return activity_answer(caller, a, facts, now, close_after)
