"""A matching becomes partnerships, which the coordinator proposes: all of them, or none."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date, datetime
from uuid import UUID

from sqlalchemy import select, tuple_, update
from sqlalchemy.ext.asyncio import AsyncSession
from uuid_utils.compat import uuid7

from triskel.chassis.actions import Actor
from triskel.chassis.outbox import Outbox
from triskel.chassis.versions import Seen
from triskel.contracts import registry as contract
from triskel.contracts.codes import OrganisationStatus, Role, Side
from triskel.registry.matching.commands.rounds import pairs_of, permitted, save, state_of
from triskel.registry.matching.queries import partners_of
from triskel.registry.matching.refusals import NotAPair, NothingLeftToConfirm
from triskel.registry.matching.rules import round as rules
from triskel.registry.matching.tables import MatchingPairRow, MatchingRoundRow
from triskel.registry.organisations.rules.organisation import unfit
from triskel.registry.organisations.tables import OrganisationRow
from triskel.registry.partnerships.commands import PARTNERSHIPS
from triskel.registry.partnerships.refusals import PartnershipExists
from triskel.registry.partnerships.rules import transitions
from triskel.registry.partnerships.rules.state import Proposal


@dataclass(frozen=True)
class Terms:
    """What all proposed partnerships have in common."""

    starts_on: date
    ends_on: date
    answer_days: int
    goals: str | None


Pair = tuple[UUID, UUID]
"""School and company."""


async def confirm(
    session: AsyncSession,
    outbox: Outbox,
    row: MatchingRoundRow,
    actor: rules.Actor,
    expected: Seen,
    left_out: Sequence[Pair],
    terms: Terms,
    now: datetime,
) -> None:
    """Propose the partnerships of a locked round. Raises the domain's refusal, and `Conflict` for
    a pair that can no longer become one: leave it out, or match again."""
    known = permitted("confirm", row, actor, expected, now)
    transitions.check_dates(row.school_year, terms.starts_on, terms.ends_on)
    await _leave_out(session, row.id, left_out)
    pairs = await pairs_of(session, row.id)
    if not pairs:
        raise NothingLeftToConfirm(value=len(left_out))
    chosen = [(pair.school_id, pair.company_id) for pair in pairs]
    await _check(session, chosen, row.school_year)
    await _propose(session, outbox, row, chosen, terms, now)
    save(row, rules.confirmed(known, now))
    event = contract.MatchingRoundConfirmed(round=state_of(row, pairs), by=Role.COORDINATOR)
    await outbox.record(session, event)


async def _leave_out(session: AsyncSession, number: UUID, left_out: Sequence[Pair]) -> None:
    column = MatchingPairRow.__table__.c
    done = await session.execute(
        update(MatchingPairRow)
        .where(
            column.round_id == number,
            tuple_(column.school_id, column.company_id).in_(left_out),
        )
        .values(left_out=True)
        .returning(column.school_id, column.company_id)
    )
    known = {(school, company) for school, company in done}
    for place, pair in enumerate(left_out):
        if pair not in known:
            raise NotAPair(field=f"left_out.{place}", value=" ".join(map(str, pair)))


async def _check(session: AsyncSession, pairs: Sequence[Pair], school_year: str) -> None:
    """What holds for one proposal holds for many. The organisations stay as they are meanwhile."""
    column = OrganisationRow.__table__.c
    found = await session.execute(
        select(column.id, column.status, column.open)
        .where(column.id.in_({number for pair in pairs for number in pair}))
        .order_by(column.id)
        .with_for_update(read=True)
    )
    for number, status, is_open in found:
        if refused := unfit("left_out", number, OrganisationStatus(status), is_open):
            raise refused
    known = await partners_of(session, {school for school, _ in pairs}, school_year)
    for pair in pairs:
        if pair in known:
            raise PartnershipExists(
                school_year=school_year, field="left_out", value=" ".join(map(str, pair))
            )


async def _propose(
    session: AsyncSession,
    outbox: Outbox,
    row: MatchingRoundRow,
    pairs: Sequence[Pair],
    terms: Terms,
    now: datetime,
) -> None:
    coordinator = Actor(frozenset({Role.COORDINATOR}), frozenset({Side.COORDINATOR}))
    proposed = [
        transitions.proposed(
            Proposal(
                school_id=school,
                company_id=company,
                school_year=row.school_year,
                starts_on=terms.starts_on,
                ends_on=terms.ends_on,
                answer_days=terms.answer_days,
                goals=terms.goals,
            ),
            uuid7(),
            row.region,
            Role.COORDINATOR,
            now,
        )
        for school, company in pairs
    ]
    await PARTNERSHIPS.add_all(session, outbox, "propose", proposed, coordinator, now)
