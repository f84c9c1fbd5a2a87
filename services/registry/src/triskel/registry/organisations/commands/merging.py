"""Two organisations turn out to be one: the duplicate leaves, and what was its own moves."""

from collections.abc import Sequence
from datetime import datetime
from uuid import UUID

from sqlalchemy import func, literal_column, or_, select, text
from sqlalchemy.ext.asyncio import AsyncSession
from sqlmodel import col

from triskel.chassis.outbox import Outbox
from triskel.chassis.versions import Seen, check_version
from triskel.contracts import registry as said
from triskel.contracts.codes import OrganisationKind, OrganisationStatus
from triskel.registry.contacts.commands import move
from triskel.registry.organisations.commands import one, remember, state
from triskel.registry.organisations.rules import organisation as rules
from triskel.registry.organisations.tables import OrganisationRow
from triskel.registry.partnerships.rules.state import LIVE
from triskel.registry.partnerships.tables import PartnershipRow, PlannedActivityRow
from triskel.registry.waiting_entries.commands import withdraw_all

# as the indexes of planned activities say; a draft binds nobody
_NOT_OVER = ("proposed", "accepted", "scheduled", "confirmed", "in-progress")
# beside one of its scheme that the survivor has, an identifier is kept and no import follows it
_TAKE_IDENTIFIERS = text(
    """
    update identifiers as i
    set organisation_id = :survivor,
        main = i.main and not exists (select from identifiers as own
            where own.organisation_id = :survivor and own.scheme = i.scheme and own.main)
    where i.organisation_id = :duplicate
    """
)


async def facts_of(
    session: AsyncSession, rows: Sequence[OrganisationRow]
) -> dict[UUID, rules.Facts]:
    """What decisions on these organisations need, in one query."""
    own, bound = OrganisationRow.__table__.c, PartnershipRow.__table__.c
    activity = PlannedActivityRow.__table__.c
    live = (
        select(func.count())
        .where(
            or_(bound.school_id == own.id, bound.company_id == own.id),
            bound.state.in_(sorted(LIVE)),
        )
        .scalar_subquery()
    )
    open_activities = (
        select(func.count())
        .where(
            or_(activity.school_id == own.id, activity.host_id == own.id),
            activity.state.in_([literal_column(f"'{state}'") for state in _NOT_OVER]),
        )
        .scalar_subquery()
    )
    found = await session.execute(
        select(own.id, own.merged_into, live, open_activities).where(
            own.id.in_([row.id for row in rows])
        )
    )
    return {
        number: rules.Facts(partnerships, activities, merged_into)
        for number, merged_into, partnerships, activities in found
    }


def _candidate(row: OrganisationRow) -> rules.Candidate:
    return rules.Candidate(
        id=row.id,
        region=row.region,
        kind=OrganisationKind(row.kind),
        status=OrganisationStatus(row.status),
        open=row.open,
        merged_into=row.merged_into,
    )


async def merge(
    session: AsyncSession,
    outbox: Outbox,
    number: UUID,
    into: UUID,
    actor: rules.Actor,
    expected: Seen,
    reason: str | None,
    now: datetime,
) -> said.Organisation:
    """The duplicate's identifiers, sites and people are the survivor's from now on; both keep
    their histories, and what the duplicate waits for is withdrawn. Raises the domain's refusal."""
    locked = {each: await one(session, each, lock=True) for each in sorted({number, into})}
    duplicate, survivor = locked[number], locked[into]
    if forbidden := rules.who_refusal("merge", actor):
        raise forbidden
    check_version(expected, duplicate.version)
    facts = (await facts_of(session, [duplicate]))[number]
    if refused := rules.rule_refusal("merge", duplicate.status, facts):
        raise refused
    rules.check_merge(_candidate(duplicate), _candidate(survivor))
    # no chain of merges: who was merged before is told who stays
    for row in await _merged_before(session, number):
        row.merged_into = into
        row.version += 1
        remember(session, row, "update", actor.role, now)
        changed = ("merged_into",)
        event = said.OrganisationUpdated(organisation=await state(session, row), changed=changed)
        await outbox.record(session, event)
    await move(session, outbox, number, into, actor.role, now)
    await withdraw_all(session, outbox, number, actor.role, now)
    await session.execute(_TAKE_IDENTIFIERS, {"duplicate": number, "survivor": into})
    survivor.sites = [*survivor.sites, *duplicate.sites]
    survivor.mailbox = survivor.mailbox or duplicate.mailbox
    survivor.version += 1
    remember(session, survivor, "absorb", actor.role, now, reason)
    duplicate.sites = []
    duplicate.mailbox = None
    duplicate.merged_into = into
    duplicate.status = OrganisationStatus.WITHDRAWN
    duplicate.status_reason = reason
    duplicate.open = False
    duplicate.version += 1
    remember(session, duplicate, "merge", actor.role, now, reason)
    await session.flush()
    gone = await state(session, duplicate)
    await outbox.record(
        session,
        said.OrganisationMerged(organisation=gone),
        said.OrganisationAbsorbed(organisation=await state(session, survivor), absorbed_id=number),
    )
    return gone


async def _merged_before(session: AsyncSession, number: UUID) -> Sequence[OrganisationRow]:
    rows = await session.scalars(
        select(OrganisationRow)
        .where(col(OrganisationRow.merged_into) == number)
        .order_by(col(OrganisationRow.id))
        .with_for_update()
    )
    return rows.all()
