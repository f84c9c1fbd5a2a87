"""What came out of a round: to the coordinator all of it, to a participant what concerns it."""

from typing import Any
from uuid import UUID

from sqlalchemy import or_, select, union_all

from triskel.chassis.auth import Caller
from triskel.chassis.http import Page, Paging, Router, Session
from triskel.chassis.paging import paginate
from triskel.contracts.codes import RoundState, Side
from triskel.registry.matching import commands
from triskel.registry.matching.refusals import NoResultYet, NotAParticipant
from triskel.registry.matching.routes.acting import Member, own_part
from triskel.registry.matching.schemas import UNPLACED, Outcome, PairAnswer, RefusalAnswer
from triskel.registry.matching.tables import (
    MatchingPairRow,
    MatchingParticipantRow,
    MatchingRoundRow,
)

router = Router(prefix="/v1/matching/rounds", tags=["matching"])


async def _whose(session: Session, caller: Caller, row: MatchingRoundRow) -> UUID | None:
    """Whose result this caller sees: null for the coordinator, who sees all of it as soon as there
    is one; a participant sees its own when it is confirmed."""
    coordinator = caller.coordinates(row.region)
    own = None if coordinator else await own_part(session, caller, row.id)
    if not coordinator and own is None:
        raise NotAParticipant()
    known = (RoundState.CONFIRMED, RoundState.MATCHED)
    if row.state not in (known if coordinator else known[:1]):
        raise NoResultYet(state=row.state, value=row.state)
    return own.organisation_id if own else None


@router.get("/{round_id}/pairs", summary="The pairs that came out")
async def pairs(caller: Member, round_id: UUID, session: Session, page: Paging) -> Page[PairAnswer]:
    row = await commands.one(session, round_id)
    own = await _whose(session, caller, row)
    column = MatchingPairRow.__table__.c
    statement = select(MatchingPairRow).where(column.round_id == round_id)
    if own is not None:
        statement = statement.where(
            or_(column.school_id == own, column.company_id == own), column.left_out.is_(False)
        )
    keys = [column.school_id, column.company_id]
    rows, following = await paginate(session, statement, keys=keys, page=page)
    items = []
    for (pair,) in rows:
        shown: dict[str, Any] = pair.model_dump(exclude={"round_id"})
        if own == pair.school_id:
            shown["company_rank"] = None
        if own == pair.company_id:
            shown["school_rank"] = None
        items.append(PairAnswer(**shown))
    return Page(items=items, next=following)


@router.get("/{round_id}/outcomes", summary="What became of each participant, and why")
async def outcomes(caller: Member, round_id: UUID, session: Session, page: Paging) -> Page[Outcome]:
    row = await commands.one(session, round_id)
    own = await _whose(session, caller, row)
    column = MatchingParticipantRow.__table__.c
    statement = select(MatchingParticipantRow).where(column.round_id == round_id)
    if own is not None:
        statement = statement.where(column.organisation_id == own)
    rows, following = await paginate(session, statement, keys=[column.organisation_id], page=page)
    members = [member for (member,) in rows]
    partners = await _partners(session, round_id, [member.organisation_id for member in members])
    items = [
        Outcome(
            organisation_id=member.organisation_id,
            side=Side(member.side),
            places=member.places or 0,
            partners=partners.get(member.organisation_id, []),
            reason=member.reason,
            sentence=UNPLACED[member.reason] if member.reason else None,
            refusals=[RefusalAnswer.of(each) for each in member.refusals or ()],
        )
        for member in members
    ]
    return Page(items=items, next=following)


async def _partners(
    session: Session, round_id: UUID, members: list[UUID]
) -> dict[UUID, list[UUID]]:
    """Of each of these, whom it was matched with and not left out."""
    column = MatchingPairRow.__table__.c
    kept = (column.round_id == round_id, column.left_out.is_(False))
    statement = union_all(
        select(column.school_id.label("own"), column.company_id.label("other")).where(
            *kept, column.school_id.in_(members)
        ),
        select(column.company_id, column.school_id).where(*kept, column.company_id.in_(members)),
    ).order_by("own", "other")
    found: dict[UUID, list[UUID]] = {}
    for one, other in await session.execute(statement):
        found.setdefault(one, []).append(other)
    return found
