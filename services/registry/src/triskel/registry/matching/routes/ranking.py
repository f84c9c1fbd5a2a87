"""Rankings: each organisation's own, which nobody sees but its people and the coordinator."""

from uuid import UUID

from fastapi import Response

from triskel.chassis.http import IfMatchWhereKnown, Now, Router, Session, set_etag
from triskel.registry.matching import commands
from triskel.registry.matching.routes.acting import Member, own_part, require_own_or_coordinator
from triskel.registry.matching.rules.round import Actor
from triskel.registry.matching.schemas import GivenRanking, RankingAnswer
from triskel.registry.matching.tables import MatchingParticipantRow
from triskel.registry.organisations.refusals import OrganisationNotYours

router = Router(prefix="/v1/matching/rounds", tags=["matching"])


def answer(row: MatchingParticipantRow) -> RankingAnswer:
    return RankingAnswer(
        organisation_id=row.organisation_id,
        version=row.ranking_version,
        groups=[[UUID(each) for each in group] for group in row.ranking or ()],
        ranked_at=row.ranked_at,
    )


@router.get("/{round_id}/rankings/{organisation_id}", summary="One organisation's ranking")
async def show(
    caller: Member, round_id: UUID, organisation_id: UUID, session: Session, response: Response
) -> RankingAnswer:
    row = await commands.one(session, round_id)
    own = await commands.participant(session, round_id, organisation_id)
    require_own_or_coordinator(caller, row, own)
    set_etag(response, own.ranking_version)
    return answer(own)


@router.put("/{round_id}/rankings/{organisation_id}", summary="Rank the other side")
async def rank(
    caller: Member,
    round_id: UUID,
    organisation_id: UUID,
    body: GivenRanking,
    seen: IfMatchWhereKnown,
    session: Session,
    now: Now,
    response: Response,
) -> RankingAnswer:
    """Replaces your ranking; with If-Match where there is one already. Rank as you think: a school
    that wants one partner cannot gain by anything else."""
    own = await own_part(session, caller, round_id)
    if caller.organisation != organisation_id:
        raise OrganisationNotYours()
    actor = Actor(coordinator=False, participant=own is not None)
    ranked = await commands.rank(session, round_id, organisation_id, actor, seen, body.groups, now)
    set_etag(response, ranked.ranking_version)
    return answer(ranked)
