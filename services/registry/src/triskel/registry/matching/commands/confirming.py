"""A matching becomes partnerships, which the coordinator proposes: all of them, or none."""

from collections.abc import Collection, Sequence
from dataclasses import dataclass
from datetime import date
from uuid import UUID

from sqlalchemy import select, tuple_, update
from sqlalchemy.ext.asyncio import AsyncSession
from uuid_utils.compat import uuid7

from triskel.chassis.commands import Context
from triskel.chassis.versions import Seen
from triskel.contracts.codes import OrganisationStatus, Role
from triskel.registry.matching.actions import CONFIRM
from triskel.registry.matching.commands.rounds import ROUNDS
from triskel.registry.matching.queries.candidates import partners_of
from triskel.registry.matching.queries.rounds import pairs_of
from triskel.registry.matching.refusals import NotAPair, NothingLeftToConfirm
from triskel.registry.matching.rules.rounds import Pair, RoundAttempt
from triskel.registry.matching.tables import MatchingPairRow
from triskel.registry.organisations.rules.organisation import unfit
from triskel.registry.organisations.tables import OrganisationRow
from triskel.registry.partnerships.commands import PARTNERSHIPS
from triskel.registry.partnerships.refusals import PartnershipExists
from triskel.registry.partnerships.rules import transitions
from triskel.registry.partnerships.rules.state import Proposal
from triskel.registry.regions.queries import settings_of


@dataclass(frozen=True)
class Terms:
    """What all proposed partnerships have in common, and which pairs become none."""

    starts_on: date
    ends_on: date
    answer_days: int | None
    goals: str | None
    left_out: tuple[Pair, ...]


async def confirm(
    context: Context, round_id: UUID, seen: Seen | None, terms: Terms
) -> RoundAttempt:
    """Propose the partnerships of a round. Raises the action's refusal, and `Conflict` for a pair
    that can no longer become one: leave it out, or match again."""
    session = context.session
    permitted = await ROUNDS.permit(context, round_id, seen, CONFIRM)
    school_year = permitted.attempt.subject.school_year
    transitions.check_dates(school_year, terms.starts_on, terms.ends_on)
    await _leave_out(session, round_id, terms.left_out)
    pairs = await pairs_of(session, round_id)
    if not pairs:
        raise NothingLeftToConfirm(value=len(terms.left_out))
    await _check(session, pairs, school_year)
    await _propose(context, permitted.attempt, pairs, terms)
    return await ROUNDS.complete(context, permitted, CONFIRM, pairs)


async def _leave_out(session: AsyncSession, round_id: UUID, left_out: Sequence[Pair]) -> None:
    column = MatchingPairRow.__table__.c
    both = column.school_id, column.company_id
    done = await session.execute(
        update(MatchingPairRow)
        .where(
            column.round_id == round_id,
            tuple_(*both).in_([(pair.school_id, pair.company_id) for pair in left_out]),
        )
        .values(left_out=True)
        .returning(*both)
    )
    known = {Pair(*row) for row in done}
    for place, pair in enumerate(left_out):
        if pair not in known:
            raise NotAPair(field=f"left_out.{place}", value=_shown(pair))


async def _check(session: AsyncSession, pairs: Collection[Pair], school_year: str) -> None:
    """What holds for one proposal holds for many. The organisations stay as they are meanwhile."""
    column = OrganisationRow.__table__.c
    schools = {pair.school_id for pair in pairs}
    found = await session.execute(
        select(column.id, column.status, column.open)
        .where(column.id.in_(schools | {pair.company_id for pair in pairs}))
        .order_by(column.id)
        .with_for_update(read=True)
    )
    for organisation_id, status, is_open in found:
        if refused := unfit("left_out", organisation_id, OrganisationStatus(status), is_open):
            raise refused
    partners = await partners_of(session, schools, school_year)
    for pair in pairs:
        if (pair.school_id, pair.company_id) in partners:
            raise PartnershipExists(school_year=school_year, field="left_out", value=_shown(pair))


async def _propose(
    context: Context, attempt: RoundAttempt, pairs: Collection[Pair], terms: Terms
) -> None:
    settings = await settings_of(context.session, attempt.subject.region)
    proposed = [
        transitions.proposed(
            Proposal(
                school_id=pair.school_id,
                company_id=pair.company_id,
                school_year=attempt.subject.school_year,
                starts_on=terms.starts_on,
                ends_on=terms.ends_on,
                answer_days=terms.answer_days,
                goals=terms.goals,
            ),
            uuid7(),
            attempt.subject.region,
            settings,
            Role.COORDINATOR,
            context.now,
        )
        for pair in pairs
    ]
    await PARTNERSHIPS.add_all(
        context.session, context.outbox, "propose", proposed, attempt.actor, context.now
    )


def _shown(pair: Pair) -> str:
    return f"{pair.school_id} {pair.company_id}"
