"""What is done with waiting entries: opened, closed when partners are found or the organisation
leaves, and whatever else the table of actions has."""

from collections.abc import Collection, Sequence
from datetime import datetime
from uuid import UUID

from sqlalchemy import ColumnElement, select
from sqlalchemy.ext.asyncio import AsyncSession
from uuid_utils.compat import uuid7

from triskel.chassis.actions import Actor, Attempt
from triskel.chassis.commands import Aggregate, Context, Happened
from triskel.chassis.jobs import DueRows
from triskel.chassis.outbox import Outbox
from triskel.contracts.codes import (
    OrganisationKind,
    OrganisationStatus,
    PartnershipState,
    Role,
    WaitingState,
)
from triskel.registry.organisations.refusals import OrganisationNotYours
from triskel.registry.organisations.rules.organisation import unfit
from triskel.registry.organisations.tables import OrganisationRow
from triskel.registry.partnerships.commands import PARTNERSHIPS
from triskel.registry.partnerships.rules.state import Partnership
from triskel.registry.waiting_entries.actions import ACTIONS, FIND_PARTNER, WITHDRAW
from triskel.registry.waiting_entries.queries import (
    actor_of,
    facts_of,
    waiting_actor,
)
from triskel.registry.waiting_entries.refusals import (
    AlreadyWaiting,
    WaitingEntryUnknown,
)
from triskel.registry.waiting_entries.rules import Entry, Wishes, check_year, opened, side_of
from triskel.registry.waiting_entries.tables import WAITING_ENTRY, WaitingEntryRow

WAITING_ENTRIES = Aggregate(
    name="entry",
    shape=WAITING_ENTRY,
    actions=ACTIONS,
    unknown=WaitingEntryUnknown,
    actor_of=actor_of,
    facts_of=facts_of,
)


async def wait(
    context: Context, organisation: OrganisationRow, already: bool, school_year: str, wishes: Wishes
) -> Attempt[Entry, None]:
    """An organisation, which is locked, waits from now on, unless it does so `already`. Raises
    `OrganisationNotYours`, `SchoolYearNotOpen`, what makes it unfit, and `AlreadyWaiting`."""
    side = side_of(OrganisationKind(organisation.kind))
    actor = waiting_actor(context.caller, organisation.region, organisation.id, side)
    if not actor.sides:
        raise OrganisationNotYours
    check_year(school_year, context.now)
    status = OrganisationStatus(organisation.status)
    if refused := unfit("organisation_id", organisation.id, status, organisation.open):
        raise refused
    if already:
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


async def withdraw_all(
    session: AsyncSession, outbox: Outbox, organisation_id: UUID, by: Role, now: datetime
) -> None:
    """An organisation that leaves the platform waits for nobody any more."""
    rows = await _open_entries(session, {organisation_id})
    due = DueRows(session, outbox, rows, now)
    await WAITING_ENTRIES.act_by_clock(due, WITHDRAW, actor=Actor(frozenset({by})))


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
            # what changed of the partnership is written with the rest, at the end
            with each.session.no_autoflush:
                rows = await _open_entries(each.session, both, of_year)
            due = DueRows(each.session, each.outbox, rows, each.now)
            await WAITING_ENTRIES.act_by_clock(due, FIND_PARTNER)


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
