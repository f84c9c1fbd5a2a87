"""Who calls, as a round sees it, and the answer that this caller gets."""

from datetime import datetime
from typing import Annotated, Any
from uuid import UUID

from fastapi import Request
from sqlalchemy import ColumnElement, exists
from sqlalchemy.ext.asyncio import AsyncSession

from triskel.chassis.auth import Caller, allow
from triskel.contracts.codes import Role, RoundState, Side
from triskel.registry.matching import commands
from triskel.registry.matching.refusals import RankingConfidential
from triskel.registry.matching.rules import round as rules
from triskel.registry.matching.rules.scoring import Weights
from triskel.registry.matching.schemas import RoundAnswer
from triskel.registry.matching.tables import MatchingParticipantRow, MatchingRoundRow
from triskel.registry.waiting_entries.rules import SPEAKERS

Coordinator = Annotated[Caller, allow(Role.COORDINATOR)]
Member = Annotated[Caller, allow(Role.COORDINATOR, Role.HEAD, Role.TEACHER, Role.COMPANY)]
Reader = Annotated[
    Caller, allow(Role.COORDINATOR, Role.HEAD, Role.TEACHER, Role.COMPANY, Role.AUTHORITY)
]


def weights_of(request: Request) -> Weights:
    """This deployment's."""
    return Weights(**request.app.state.settings.matching_weights.model_dump())


async def own_part(
    session: AsyncSession, caller: Caller, number: UUID
) -> MatchingParticipantRow | None:
    """The part that the caller's organisation takes in a round, if the caller speaks for it."""
    if caller.organisation is None:
        return None
    row = await session.get(MatchingParticipantRow, (number, caller.organisation))
    if row is None or not caller.is_(*SPEAKERS[Side(row.side)]):
        return None
    return row


def takes_part(caller: Caller) -> ColumnElement[bool]:
    """The same for a query of many rounds."""
    part = MatchingParticipantRow.__table__.c
    rounds = MatchingRoundRow.__table__.c
    sides = [side for side, roles in SPEAKERS.items() if caller.is_(*roles)]
    return exists().where(
        part.round_id == rounds.id,
        part.organisation_id == caller.organisation,
        part.side.in_(sides),
    )


async def actor_of(session: AsyncSession, caller: Caller, row: MatchingRoundRow) -> rules.Actor:
    return rules.Actor(
        coordinator=caller.coordinates(row.region),
        participant=await own_part(session, caller, row.id) is not None,
    )


def answer(
    row: MatchingRoundRow, actor: rules.Actor, now: datetime, pairs: Any = ()
) -> RoundAnswer:
    allowed = rules.allowed_actions(commands.decided(row), actor, now)
    return RoundAnswer(**commands.state_of(row, pairs).model_dump(), allowed_actions=tuple(allowed))


async def whole_answer(
    session: AsyncSession, caller: Caller, row: MatchingRoundRow, now: datetime
) -> RoundAnswer:
    """With the pairs of a confirmed round."""
    confirmed = row.state == RoundState.CONFIRMED
    pairs = await commands.pairs_of(session, row.id) if confirmed else ()
    return answer(row, await actor_of(session, caller, row), now, pairs)


def require_region(caller: Caller, row: MatchingRoundRow) -> None:
    """Rounds are no secret in their region."""
    caller.require_region(row.region)


def require_own_or_coordinator(
    caller: Caller, row: MatchingRoundRow, own: MatchingParticipantRow
) -> None:
    """Rankings are confidential: the organisation's own people and the coordinator see them."""
    speaks = caller.organisation == own.organisation_id and caller.is_(*SPEAKERS[Side(own.side)])
    if not speaks and not caller.coordinates(row.region):
        raise RankingConfidential()
