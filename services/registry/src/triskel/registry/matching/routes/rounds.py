"""Open a round, find rounds, rank in one and act on one."""

from typing import Annotated
from uuid import UUID

from fastapi import Query, Request, Response

from triskel.chassis.http import Page, Paging, Router, home_region, set_etag
from triskel.chassis.http.actions import Asked, Target, described, target_of
from triskel.contracts.codes import Side
from triskel.registry.matching import actions
from triskel.registry.matching.commands.confirming import confirm
from triskel.registry.matching.commands.matching import compute
from triskel.registry.matching.commands.rounds import ROUNDS, open_round, rank
from triskel.registry.matching.queries.rounds import participant, participants, search, with_pairs
from triskel.registry.matching.routes.callers import (
    COORDINATORS,
    MEMBERS,
    Coordinator,
    Member,
    Reader,
)
from triskel.registry.matching.rules.rounds import (
    Facts,
    Round,
    RoundAttempt,
    check_may_see_ranking,
)
from triskel.registry.matching.schemas import (
    Confirmation,
    GivenRanking,
    NewRound,
    Participant,
    RankingAnswer,
    RoundAnswer,
    WantedRounds,
)

OnRound = Annotated[Target[Round, Facts], target_of(ROUNDS, "round", COORDINATORS)]
InRound = Annotated[Target[Round, Facts], target_of(ROUNDS, "round", MEMBERS)]

router = Router(prefix="/v1/matching/rounds", tags=["matching"])


@router.post("", status_code=201, summary="Open a round for everybody on the waiting list")
async def open_one(
    caller: Coordinator, context: Asked, body: NewRound, request: Request, response: Response
) -> RoundAnswer:
    region = home_region(request, body.region or caller.region)
    caller.require_region(region)
    opened = await open_round(context, region, body.school_year, body.rank_until)
    response.headers["Location"] = f"/v1/matching/rounds/{opened.subject.id}"
    return _shown(opened, response)


@router.get("", summary="Find rounds of your region")
async def find_rounds(
    caller: Reader, context: Asked, wanted: WantedRounds, page: Paging
) -> Page[RoundAnswer]:
    """Without their pairs: one round shows them."""
    found, following = await search(context.session, caller, wanted, page)
    attempts = await ROUNDS.attempts(context, found)
    return Page(items=[RoundAnswer.of(attempt) for attempt in attempts], next=following)


@router.get("/{round_id}", summary="One round")
async def show_round(
    caller: Reader, context: Asked, round_id: UUID, response: Response
) -> RoundAnswer:
    known = await ROUNDS.get(context.session, round_id)
    caller.require_region(known.region)
    known = await with_pairs(context.session, known)
    return _shown(await ROUNDS.attempt(context, known), response)


@router.get("/{round_id}/participants", summary="Who takes part")
async def show_participants(
    caller: Reader,
    context: Asked,
    round_id: UUID,
    page: Paging,
    side: Annotated[Side | None, Query()] = None,
) -> Page[Participant]:
    caller.require_region((await ROUNDS.get(context.session, round_id)).region)
    found, following = await participants(context.session, round_id, side, page)
    items = [Participant.model_validate(row.model_dump()) for row in found]
    return Page(items=items, next=following)


@router.get("/{round_id}/rankings/{organisation_id}", summary="One organisation's ranking")
async def show_ranking(
    caller: Member, context: Asked, round_id: UUID, organisation_id: UUID, response: Response
) -> RankingAnswer:
    known = await ROUNDS.get(context.session, round_id)
    own = await participant(context.session, round_id, organisation_id)
    check_may_see_ranking(await ROUNDS.attempt(context, known), organisation_id)
    set_etag(response, own.ranking_version)
    return RankingAnswer.of(own)


@router.put("/{round_id}/rankings/{organisation_id}", **described(actions.RANK))
async def rank_others(on: InRound, organisation_id: UUID, body: GivenRanking) -> RankingAnswer:
    """Replaces your ranking; with If-Match where there is one already. Rank as you think: a school
    that wants one partner cannot gain by anything else."""
    ranked = await rank(on.context, on.id, organisation_id, on.seen, body.groups)
    set_etag(on.response, ranked.ranking_version)
    return RankingAnswer.of(ranked)


@router.post("/{round_id}/close-ranking", **described(actions.CLOSE_RANKING))
async def close_ranking(on: OnRound) -> RoundAnswer:
    return RoundAnswer.of(await on.act(actions.CLOSE_RANKING))


@router.post("/{round_id}/match", **described(actions.MATCH))
async def match(on: OnRound) -> RoundAnswer:
    """From the rankings, today's places and scores; again where these have changed."""
    return _shown(await compute(on.context, on.id, on.seen), on.response)


@router.post("/{round_id}/confirm", **described(actions.CONFIRM))
async def confirm_pairs(on: OnRound, body: Confirmation) -> RoundAnswer:
    """All but those left out, in one transaction: all are proposed, or none."""
    return _shown(await confirm(on.context, on.id, on.seen, body.to_domain()), on.response)


@router.post("/{round_id}/cancel", **described(actions.CANCEL))
async def cancel(on: OnRound) -> RoundAnswer:
    return RoundAnswer.of(await on.act(actions.CANCEL))


def _shown(attempt: RoundAttempt, response: Response) -> RoundAnswer:
    set_etag(response, attempt.subject.version)
    return RoundAnswer.of(attempt)
