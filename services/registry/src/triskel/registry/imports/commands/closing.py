"""Schools that are gone from their register: marked closed, never deleted."""

from collections.abc import Sequence
from dataclasses import dataclass, field
from datetime import datetime
from uuid import UUID

from sqlalchemy import select, text
from sqlalchemy.ext.asyncio import AsyncSession
from sqlmodel import col

from triskel.chassis.database import insert_rows
from triskel.chassis.outbox import Outbox
from triskel.contracts import registry as said
from triskel.contracts.codes import Role
from triskel.registry.imports.refusals import TooManyWouldClose
from triskel.registry.organisations.commands import identifiers_of, state_of, step_columns
from triskel.registry.organisations.tables import OrganisationRow

_OPEN = text(
    """
    select i.value, o.id from identifiers i join organisations o on o.id = i.organisation_id
    where i.scheme = any (:schemes) and i.main and o.region = :region
      and o.kind = 'school' and o.open and coalesce(o.nuts3, '') = any (:areas)
    order by i.value
    """
)


@dataclass
class Named:
    """What a file has named so far: identifiers, and the areas (NUTS 3, blank where unknown)."""

    identifiers: set[tuple[str, str]] = field(default_factory=set)
    areas: set[str] = field(default_factory=set)


async def gone_from(
    session: AsyncSession, named: Named, region: str, most: int
) -> list[tuple[str, UUID]]:
    """(identifier, id) of the open schools in the areas that a file names which it does not name
    itself.

    Raises `Conflict` when they are more than `most`: a file that was cut off must not close a
    region's schools.
    """
    schemes = {scheme for scheme, _ in named.identifiers}
    found = await session.execute(
        _OPEN, {"schemes": sorted(schemes), "region": region, "areas": sorted(named.areas)}
    )
    values = {value for _, value in named.identifiers}
    gone = [(value, number) for value, number in found if value not in values]
    if len(gone) > most:
        raise TooManyWouldClose(gone=len(gone), most=most, value=most)
    return gone


async def close(
    session: AsyncSession, outbox: Outbox, numbers: Sequence[UUID], now: datetime
) -> None:
    """Mark these closed, and say so."""
    rows = (
        await session.scalars(
            select(OrganisationRow)
            .where(col(OrganisationRow.id).in_(numbers))
            .order_by(col(OrganisationRow.id))
            .with_for_update()
        )
    ).all()
    own = await identifiers_of(session, numbers)
    for row in rows:
        row.open = False
        row.version += 1
        row.updated_at = now
    await insert_rows(
        session,
        "organisation_steps",
        [step_columns(row, "close", Role.SYSTEM, now) for row in rows],
    )
    events = [said.OrganisationClosed(organisation=state_of(row, own[row.id])) for row in rows]
    await outbox.record(session, *events)
