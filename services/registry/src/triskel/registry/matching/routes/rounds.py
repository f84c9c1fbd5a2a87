"""Open a round, find rounds, and act on one."""

from typing import Annotated, Any
from uuid import UUID

from fastapi import Query, Request, Response
from sqlalchemy import select

from triskel.chassis.http import (
    Events,
    IfMatch,
    Now,
    Page,
    Paging,
    Router,
    Session,
    home_region,
    set_etag,
)
from triskel.chassis.http.values import SchoolYear
from triskel.chassis.paging import paginate
from triskel.contracts.codes import RoundState, Side
from triskel.registry.matching import commands
from triskel.registry.matching.routes.acting import (
    Coordinator,
    Reader,
    actor_of,
    answer,
    require_region,
    takes_part,
    weights_of,
    whole_answer,
)
from triskel.registry.matching.rules.round import Actor
from triskel.registry.matching.schemas import Confirmation, NewRound, Participant, RoundAnswer
from triskel.registry.matching.tables import MatchingParticipantRow, MatchingRoundRow

router = Router(prefix="/v1/matching/rounds", tags=["matching"])


@router.post("", status_code=201, summary="Open a round for everybody on the waiting list")
async def open_round(
    caller: Coordinator,
    body: NewRound,
    session: Session,
    events: Events,
    now: Now,
    request: Request,
    response: Response,
) -> RoundAnswer:
    region = home_region(request, body.region or caller.region)
    caller.require_region(region)
    row = await commands.open_round(session, events, region, body.school_year, body.rank_until, now)
    set_etag(response, row.version)
    response.headers["Location"] = f"/v1/matching/rounds/{row.id}"
    return answer(row, await actor_of(session, caller, row), now)


@router.get("", summary="Find rounds of your region")
async def find(
    page: Paging,
    caller: Reader,
    session: Session,
    now: Now,
    state: RoundState | None = None,
    school_year: Annotated[SchoolYear | None, Query()] = None,
) -> Page[RoundAnswer]:
    """Without their pairs: one round shows them."""
    column = MatchingRoundRow.__table__.c
    statement: Any = select(MatchingRoundRow, takes_part(caller)).where(
        column.region == caller.region
    )
    for name, value in {"state": state, "school_year": school_year}.items():
        if value is not None:
            statement = statement.where(column[name] == value)
    rows, following = await paginate(
        session, statement, keys=[column.opened_at, column.id], page=page
    )
    items = []
    for row, participant in rows:
        actor = Actor(coordinator=caller.coordinates(row.region), participant=participant)
        items.append(answer(row, actor, now))
    return Page(items=items, next=following)


@router.get("/{round_id}", summary="One round")
async def show(
    caller: Reader, round_id: UUID, session: Session, now: Now, response: Response
) -> RoundAnswer:
    row = await commands.one(session, round_id)
    require_region(caller, row)
    set_etag(response, row.version)
    return await whole_answer(session, caller, row, now)


@router.get("/{round_id}/participants", summary="Who takes part")
async def participants(
    page: Paging,
    caller: Reader,
    round_id: UUID,
    session: Session,
    side: Annotated[Side | None, Query()] = None,
) -> Page[Participant]:
    require_region(caller, await commands.one(session, round_id))
    column = MatchingParticipantRow.__table__.c
    statement = select(MatchingParticipantRow).where(column.round_id == round_id)
    if side is not None:
        statement = statement.where(column.side == side)
    rows, following = await paginate(session, statement, keys=[column.organisation_id], page=page)
    items = [Participant.model_validate(row.model_dump()) for (row,) in rows]
    return Page(items=items, next=following)


@router.post("/{round_id}/close-ranking", summary="Close the ranking before its deadline")
async def close_ranking(
    caller: Coordinator,
    round_id: UUID,
    seen: IfMatch,
    session: Session,
    events: Events,
    now: Now,
    response: Response,
) -> RoundAnswer:
    row, actor = await _locked(session, caller, round_id)
    await commands.close_ranking(session, events, row, actor, seen, now)
    set_etag(response, row.version)
    return answer(row, actor, now)


@router.post("/{round_id}/match", summary="Compute the stable matching")
async def match(
    caller: Coordinator,
    round_id: UUID,
    seen: IfMatch,
    session: Session,
    events: Events,
    now: Now,
    request: Request,
    response: Response,
) -> RoundAnswer:
    """From the rankings, today's places and scores; again where these have changed."""
    row, actor = await _locked(session, caller, round_id)
    await commands.compute(session, events, row, actor, seen, weights_of(request), now)
    set_etag(response, row.version)
    return answer(row, actor, now)


@router.post("/{round_id}/confirm", summary="Propose the partnerships that came out")
async def confirm(
    caller: Coordinator,
    round_id: UUID,
    body: Confirmation,
    seen: IfMatch,
    session: Session,
    events: Events,
    now: Now,
    response: Response,
) -> RoundAnswer:
    """All but those left out, in one transaction: all are proposed, or none."""
    row, actor = await _locked(session, caller, round_id)
    terms = commands.Terms(body.starts_on, body.ends_on, body.answer_days, body.goals)
    left_out = [(pair.school_id, pair.company_id) for pair in body.left_out]
    await commands.confirm(session, events, row, actor, seen, left_out, terms, now)
    set_etag(response, row.version)
    return await whole_answer(session, caller, row, now)


@router.post("/{round_id}/cancel", summary="Break it off, or discard what came out")
async def cancel(
    caller: Coordinator,
    round_id: UUID,
    seen: IfMatch,
    session: Session,
    events: Events,
    now: Now,
    response: Response,
) -> RoundAnswer:
    row, actor = await _locked(session, caller, round_id)
    await commands.cancel(session, events, row, actor, seen, now)
    set_etag(response, row.version)
    return answer(row, actor, now)


async def _locked(
    session: Session, caller: Coordinator, round_id: UUID
) -> tuple[MatchingRoundRow, Actor]:
    row = await commands.one(session, round_id, lock=True)
    return row, await actor_of(session, caller, row)
