"""What is done with waiting entries: opened, closed when partners are found or the organisation
leaves, and whatever else the table of actions has."""

from collections.abc import Collection, Sequence
from uuid import UUID

from sqlalchemy import ColumnElement, select
from sqlalchemy.ext.asyncio import AsyncSession
from sqlmodel import col
from uuid_utils.compat import uuid7

from triskel.chassis.actions import Actor, Attempt
from triskel.chassis.commands import Aggregate, Context, Happened
from triskel.chassis.coordinated import no_facts
from triskel.chassis.jobs import DueRows
from triskel.contracts.codes import (
    Cause,
    OrganisationKind,
    OrganisationStatus,
    PartnershipState,
    Side,
)
from triskel.contracts.registry_codes import WaitingState
from triskel.registry.organisations.commands import ORGANISATIONS
from triskel.registry.organisations.refusals import OrganisationNotYours
from triskel.registry.organisations.rules.decisions import cause_of
from triskel.registry.organisations.rules.organisation import Organisation, may_be_partner, unfit
from triskel.registry.organisations.tables import OrganisationRow
from triskel.registry.partnerships.commands import PARTNERSHIPS
from triskel.registry.partnerships.rules.state import Partnership
from triskel.registry.waiting_entries.actions import ACTIONS, FIND_PARTNER, REOPEN, WITHDRAW
from triskel.registry.waiting_entries.queries import (
    ToWait,
    actor_of,
    waiting_actor,
)
from triskel.registry.waiting_entries.refusals import (
    AlreadyWaiting,
    WaitingEntryUnknown,
    WaitsForNoSchool,
)
from triskel.registry.waiting_entries.rules import Entry, Wishes, check_year, opened, side_of
from triskel.registry.waiting_entries.tables import WAITING_ENTRY, WaitingEntryRow

_CAME_TO_NOTHING = {PartnershipState.WITHDRAWN, PartnershipState.EXPIRED}

WAITING_ENTRIES = Aggregate(
    name="entry",
    shape=WAITING_ENTRY,
    actions=ACTIONS,
    unknown=WaitingEntryUnknown,
    actor_of=actor_of,
    facts_of=no_facts,
)


async def wait(
    context: Context, waiting: ToWait, school_year: str, wishes: Wishes
) -> Attempt[Entry, None]:
    """An organisation, which is locked, waits from now on, unless it does so `already`. Raises
    `OrganisationNotYours`, `SchoolYearNotOpen`, what makes it unfit, and `AlreadyWaiting`."""
    organisation = waiting.organisation
    side = side_of(OrganisationKind(organisation.kind))
    actor = waiting_actor(context.caller, organisation.region, organisation.id, side)
    if not actor.sides:
        raise OrganisationNotYours
    check_year(school_year, waiting.settings, context.now)
    status = OrganisationStatus(organisation.status)
    if refused := unfit("organisation_id", organisation.id, status, organisation.open):
        raise refused
    if side is Side.HOST and not may_be_partner(OrganisationKind(organisation.kind)):
        raise WaitsForNoSchool(kind=organisation.kind, value=str(organisation.id))
    if waiting.already:
        raise AlreadyWaiting(school_year=school_year, value=str(organisation.id))
    entry = Entry(
        id=uuid7(),
        region=organisation.region,
        version=1,
        organisation_id=organisation.id,
        side=side,
        school_year=school_year,
        state=WaitingState.OPEN,
        wishes=wishes,
        since=context.now,
        remaining=wishes.partners,
    )
    await WAITING_ENTRIES.add(context, "open", opened(entry), actor)
    return Attempt(entry, actor, None, context.now)


@ORGANISATIONS.reaction
async def withdraw_all(happened: Sequence[Happened[Organisation]]) -> None:
    """An organisation that leaves the platform, is suspended or closed, or was a duplicate, waits
    for nobody any more."""
    for each in happened:
        cause = cause_of(each.before, each.after)
        if cause and each.facts.waits:
            await _withdraw(each, cause)


async def _withdraw(each: Happened[Organisation], cause: Cause) -> None:
    rows = await _open_entries(each.session, {each.after.id})
    due = DueRows(each.session, each.outbox, rows, each.now)
    by = Actor(frozenset({each.actor.role}))
    await WAITING_ENTRIES.act_by_clock(due, WITHDRAW, lambda _: {"cause": cause}, actor=by)


@PARTNERSHIPS.reaction
async def count_down(happened: Sequence[Happened[Partnership]]) -> None:
    """In the transaction that accepts a partnership: the entries of its two count down, and close
    with the last partner wanted."""
    for each in happened:
        accepted = each.after.state is PartnershipState.ACCEPTED and each.before is not None
        # asked under the lock of both: nobody begins to wait meanwhile
        if accepted and each.facts.sought:
            both = {each.after.school_id, each.after.company_id}
            of_year = WaitingEntryRow.__table__.c.school_year == each.after.school_year
            rows = await _open_entries(each.session, both, of_year)
            due = DueRows(each.session, each.outbox, rows, each.now)
            await WAITING_ENTRIES.act_by_clock(due, FIND_PARTNER)


@PARTNERSHIPS.reaction
async def reopen(happened: Sequence[Happened[Partnership]]) -> None:
    """In the transaction in which an accepted partnership is left or lapses: the entries that it
    counted down count up again, where their organisations do not wait anew already and may take on
    something new."""
    for each in happened:
        before, after = each.before, each.after
        if after.state in _CAME_TO_NOTHING and before is not None and before.accepted_at:
            rows = await _entries_of(each.session, before)
            entry_of: dict[UUID, WaitingEntryRow] = {}
            for row in rows:
                entry_of.setdefault(row.organisation_id, row)
            counted = [row for row in entry_of.values() if row.since <= before.accepted_at]
            due = DueRows(each.session, each.outbox, counted, each.now)
            await WAITING_ENTRIES.act_by_clock(due, REOPEN)


async def _entries_of(session: AsyncSession, partnership: Partnership) -> Sequence[WaitingEntryRow]:
    """What the two wait with, or have waited with in vain, locked: of each the newest first."""
    own = WaitingEntryRow.__table__.c
    rows = await session.scalars(
        select(WaitingEntryRow)
        .join(OrganisationRow, col(OrganisationRow.id) == own.organisation_id)
        .where(
            col(OrganisationRow.status) == OrganisationStatus.APPROVED,
            col(OrganisationRow.open),
            own.organisation_id.in_({partnership.school_id, partnership.company_id}),
            own.school_year == partnership.school_year,
            own.state.in_([WaitingState.OPEN, WaitingState.MATCHED]),
        )
        .order_by(own.organisation_id, own.since.desc())
        .with_for_update(of=WaitingEntryRow)
    )
    return rows.all()


async def _open_entries(
    session: AsyncSession, organisation_ids: Collection[UUID], *more: ColumnElement[bool]
) -> Sequence[WaitingEntryRow]:
    """Locked, in the order of their ids."""
    own = WaitingEntryRow.__table__.c
    rows = await session.scalars(
        select(WaitingEntryRow)
        .where(own.organisation_id.in_(organisation_ids), own.state == WaitingState.OPEN, *more)
        .order_by(own.id)
        .with_for_update()
    )
    return rows.all()
