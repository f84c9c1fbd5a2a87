"""What is read of waiting entries: for decisions, for searches, for people."""

from dataclasses import dataclass
from uuid import UUID

from sqlalchemy import select
from sqlalchemy.ext.asyncio import AsyncSession
from sqlmodel import col

from triskel.chassis.actions import Actor
from triskel.chassis.auth import Caller
from triskel.chassis.paging import PageRequest, paginate
from triskel.chassis.regions import settings_in
from triskel.contracts.codes import Role, Side
from triskel.contracts.registry import RegionSettings
from triskel.contracts.registry_codes import WaitingState
from triskel.registry.organisations.queries import FACTS
from triskel.registry.organisations.refusals.organisation import OrganisationUnknown
from triskel.registry.organisations.tables import OrganisationRow
from triskel.registry.regions.tables import RegionRow
from triskel.registry.waiting_entries.rules import SPEAKERS, Entry
from triskel.registry.waiting_entries.tables import WAITING_ENTRY, WaitingEntryRow

FACTS["waits"] = (
    select(WaitingEntryRow.__table__.c.id)
    .where(
        WaitingEntryRow.__table__.c.organisation_id == OrganisationRow.__table__.c.id,
        WaitingEntryRow.__table__.c.state == WaitingState.OPEN,
    )
    .exists()
)


def speaks_for(caller: Caller, organisation_id: UUID, side: Side) -> bool:
    """Whether this caller looks for partners in an organisation's name."""
    return caller.organisation == organisation_id and caller.is_(*SPEAKERS[side])


def waiting_actor(caller: Caller, region: str, organisation_id: UUID, side: Side) -> Actor:
    """The sides that this caller may speak for, where that organisation waits."""
    sides = {side} if speaks_for(caller, organisation_id, side) else set()
    if caller.coordinates(region):
        sides.add(Side.COORDINATOR)
    return Actor(caller.roles, frozenset(sides))


def actor_of(caller: Caller, entry: Entry) -> Actor:
    return waiting_actor(caller, entry.region, entry.organisation_id, entry.side)


def check_may_read(caller: Caller, entry: Entry) -> None:
    """The organisation's people and the region's coordinator and authorities. Raises
    `Forbidden`."""
    if not (caller.is_(Role.AUTHORITY) and caller.region == entry.region):
        caller.require_organisation(entry.region, entry.organisation_id)


@dataclass(frozen=True)
class ToWait:
    """An organisation that is to wait, locked; whether it does so `already`, which is asked before
    the lock is had: of two who begin at once the slower breaks the rule of the table; and what its
    region decides for itself."""

    organisation: OrganisationRow
    already: bool
    settings: RegionSettings


async def lock_to_wait(session: AsyncSession, organisation_id: UUID, school_year: str) -> ToWait:
    """Raises `NotFound`."""
    own = WaitingEntryRow.__table__.c
    waits = select(own.id).where(
        own.organisation_id == organisation_id,
        own.school_year == school_year,
        own.state == WaitingState.OPEN,
    )
    found = await session.execute(
        select(OrganisationRow, waits.exists(), RegionRow)
        .outerjoin(RegionRow, col(RegionRow.region) == col(OrganisationRow.region))
        .where(col(OrganisationRow.id) == organisation_id)
        .with_for_update(of=OrganisationRow)
    )
    for organisation, already, region in found:
        return ToWait(organisation, already, settings_in(organisation.region, region))
    raise OrganisationUnknown(value=str(organisation_id))


@dataclass(frozen=True)
class EntryFilter:
    """What is looked for; None does not filter."""

    side: Side | None = None
    school_year: str | None = None
    state: WaitingState | None = None
    organisation_id: UUID | None = None


async def search(
    session: AsyncSession, caller: Caller, wanted: EntryFilter, page: PageRequest
) -> tuple[list[Entry], str | None]:
    """A page, the longest waiting first, and the cursor of the next: of the region for who watches
    over it, else of the caller's own organisation."""
    own = WaitingEntryRow.__table__.c
    statement = select(WaitingEntryRow)
    if caller.is_(Role.COORDINATOR, Role.AUTHORITY):
        statement = statement.where(own.region == caller.region)
    else:
        statement = statement.where(own.organisation_id == caller.organisation)
    for name, value in vars(wanted).items():
        if value is not None:
            statement = statement.where(own[name] == value)
    rows, following = await paginate(session, statement, keys=[own.since, own.id], page=page)
    return [WAITING_ENTRY.to_domain(row) for (row,) in rows], following
