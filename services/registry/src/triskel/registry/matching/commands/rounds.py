"""What is done with a round: opened, ranked in, and whatever else the table of actions has."""

from datetime import datetime
from uuid import UUID

from sqlalchemy import select, text
from sqlalchemy.ext.asyncio import AsyncSession
from uuid_utils.compat import uuid7

from triskel.chassis.actions import Action, Attempt, Change
from triskel.chassis.commands import Aggregate, Context
from triskel.chassis.versions import Seen
from triskel.chassis.writes import execute_last, insertion
from triskel.contracts import registry as contract
from triskel.contracts.codes import Side
from triskel.contracts.registry_codes import RoundState
from triskel.registry.matching.actions import ACTIONS, RANK
from triskel.registry.matching.queries.candidates import SHOWN
from triskel.registry.matching.queries.rounds import actor_of, facts_for, facts_of, participant
from triskel.registry.matching.refusals import RoundExists, RoundUnknown
from triskel.registry.matching.rules import rounds
from triskel.registry.matching.rules.rounds import Facts, Groups, Round, RoundAttempt
from triskel.registry.matching.tables import ROUND, MatchingParticipantRow, MatchingRoundRow
from triskel.registry.regions.queries import settings_of
from triskel.registry.waiting_entries.rules import check_year

_WAITING = text(
    f"""
    select w.id, w.organisation_id, w.side, w.remaining
    from waiting_entries as w join organisations as o on o.id = w.organisation_id
    where w.region = :region and o.region = :region and w.school_year = :school_year
        and w.state = 'open'
        and o.status = 'approved' and o.open and {SHOWN}
    order by w.organisation_id
    limit :most
    """
)


async def _lock(
    session: AsyncSession, round_id: UUID, action: Action[Round, Facts, ...]
) -> MatchingRoundRow | None:
    """Many rank at once, but nobody while the ranking is being closed."""
    lock = {"read": True} if action is RANK else True
    return await session.get(MatchingRoundRow, round_id, with_for_update=lock)


ROUNDS = Aggregate(
    name="round",
    shape=ROUND,
    actions=ACTIONS,
    unknown=RoundUnknown,
    actor_of=actor_of,
    facts_of=facts_of,
    facts_for=facts_for,
    lock=_lock,
)


async def open_round(
    context: Context, region: str, school_year: str, rank_until: datetime
) -> RoundAttempt:
    """Everybody on the waiting list now takes part. Raises `Invalid` and `Conflict`."""
    session, own = context.session, MatchingRoundRow.__table__.c
    settings = await settings_of(session, region)
    check_year(school_year, settings, context.now)
    most = rounds.MOST_SCHOOLS + rounds.MOST_HOSTS + 1
    values = {"region": region, "school_year": school_year, "most": most}
    waiting = (await session.execute(_WAITING, values)).all()
    schools = [each for each in waiting if each.side == Side.SCHOOL]
    opened = Round(
        id=uuid7(),
        region=region,
        version=1,
        school_year=school_year,
        state=RoundState.OPENED,
        opened_at=context.now,
        rank_until=rank_until,
        schools=len(schools),
        companies=len(waiting) - len(schools),
    )
    rounds.check_opening(opened, sum(each.remaining for each in schools), settings.matching)
    live = select(own.id).where(
        own.region == region, own.school_year == school_year, own.state.in_(rounds.LIVE)
    )
    # of two who open one at once, the slower breaks the rule of the table and comes here again
    if await session.scalar(live):
        raise RoundExists(school_year=school_year, value=school_year)
    actor = actor_of(context.caller, opened)
    details = {"participants": tuple(each.organisation_id for each in waiting)}
    change = Change(opened, contract.MatchingRoundOpened, details)
    await ROUNDS.add(context, "open", change, actor)
    members = [
        {
            "round_id": opened.id,
            "organisation_id": each.organisation_id,
            "side": each.side,
            "entry_id": each.id,
            "ranking_version": 0,
        }
        for each in waiting
    ]
    await execute_last(session, insertion("matching_participants", members))
    return Attempt(opened, actor, Facts(), context.now)


async def rank(
    context: Context, round_id: UUID, organisation_id: UUID, seen: Seen | None, groups: Groups
) -> MatchingParticipantRow:
    """One participant's ranking, which replaces the one before. Raises the action's refusal, and
    those of who is listed."""
    session = context.session
    await ROUNDS.locked(session, round_id, RANK)
    own = await participant(session, round_id, organisation_id, lock=True)
    await ROUNDS.act(context, round_id, seen, RANK, organisation_id, own.ranking_version, groups)
    column = MatchingParticipantRow.__table__.c
    others = await session.scalars(
        select(column.organisation_id).where(
            column.round_id == round_id,
            column.organisation_id.in_({each for group in groups for each in group}),
            column.side != own.side,
        )
    )
    rounds.check_ranking(groups, frozenset(others))
    own.ranking = [[str(each) for each in group] for group in groups]
    own.ranking_version += 1
    own.ranked_at = context.now
    return own
