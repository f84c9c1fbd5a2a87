"""Propose partnerships and act on them; the routes with bodies of their own come first."""

from typing import Annotated
from uuid import UUID

from fastapi import Request, Response

from triskel.chassis.http import (
    Events,
    IfMatch,
    Now,
    Router,
    Session,
    check_version,
    home_region,
    set_etag,
)
from triskel.chassis.http.values import OneLine
from triskel.contracts.codes import Role
from triskel.registry.organisations.commands import one as one_organisation
from triskel.registry.partnerships import commands as usecases
from triskel.registry.partnerships import rules as rules
from triskel.registry.partnerships.routes.acting import Member, actor_of, answer, proposed
from triskel.registry.partnerships.schemas import Amendment, Answer, NewPartnership, Renewal, Why

router = Router(prefix="/v1/partnerships", tags=["partnerships"])

WITH_ROUTES_OF_THEIR_OWN = ("amend", "renew")
ACTION_PATTERN = f"^({'|'.join(a for a in rules.ACTIONS if a not in WITH_ROUTES_OF_THEIR_OWN)})$"


@router.post("", status_code=201, summary="Propose a partnership")
async def propose(
    caller: Member,
    body: NewPartnership,
    session: Session,
    events: Events,
    now: Now,
    request: Request,
    response: Response,
) -> Answer:
    school = await one_organisation(session, body.school_id)
    home_region(request, school.region)
    caller.require_organisation(school.region, body.school_id, body.company_id)
    side = Role.COMPANY
    if caller.coordinates(school.region):
        side = Role.COORDINATOR
    elif caller.organisation == body.school_id:
        side = Role.HEAD if caller.is_(Role.HEAD) else Role.TEACHER
    partnership = await usecases.propose(
        session,
        events,
        body.school_id,
        body.company_id,
        body.school_year,
        body.starts_on,
        body.ends_on,
        body.answer_days,
        body.goals,
        side,
        now,
    )
    return await proposed(caller, partnership, session, now, response)


@router.post("/{number}/amend", summary="Edit the agreement: all three sign again")
async def amend(
    caller: Member,
    number: UUID,
    body: Amendment,
    seen: IfMatch,
    session: Session,
    events: Events,
    now: Now,
    response: Response,
) -> Answer:
    row = await usecases.one(session, number, lock=True)
    actor = actor_of(caller, usecases.decided(row))
    terms = rules.Terms(body.starts_on, body.ends_on, body.goals)
    amended = await usecases.amend(session, events, row, actor, seen, now, terms)
    set_etag(response, amended.version)
    return answer(caller, amended, (await usecases.facts_of(session, [row]))[row.id], now)


@router.post("/{number}/renew", status_code=201, summary="Propose the next school year's")
async def renew(
    caller: Member,
    number: UUID,
    body: Renewal,
    seen: IfMatch,
    session: Session,
    events: Events,
    now: Now,
    response: Response,
) -> Answer:
    row = await usecases.one(session, number, lock=True)
    known = usecases.decided(row)
    actor = actor_of(caller, known)
    facts = await usecases.facts_of(session, [row])
    school_year = rules.check_renewal(known, actor, facts[row.id], now)
    check_version(seen, known.version)
    partnership = await usecases.propose(
        session,
        events,
        known.school_id,
        known.company_id,
        school_year,
        body.starts_on,
        body.ends_on,
        body.answer_days,
        body.goals if body.goals is not None else known.goals,
        actor.role,
        now,
        renewal_of=known.id,
    )
    return await proposed(caller, partnership, session, now, response)


@router.post("/{number}/{action}", summary="Act on a partnership")
async def act(
    caller: Member,
    number: UUID,
    action: Annotated[str, OneLine(longest=20, pattern=ACTION_PATTERN)],
    seen: IfMatch,
    session: Session,
    events: Events,
    now: Now,
    response: Response,
    body: Why | None = None,
) -> Answer:
    row = await usecases.one(session, number, lock=True)
    actor = actor_of(caller, usecases.decided(row))
    why = body or Why()
    partnership = await usecases.act(
        session, events, row, action, actor, seen, now, why.reason, why.note
    )
    set_etag(response, partnership.version)
    facts = await usecases.facts_of(session, [row])
    return answer(caller, partnership, facts[row.id], now)
