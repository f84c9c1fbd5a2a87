"""Schools that are gone from their register: marked closed, never deleted."""

from collections.abc import Sequence
from dataclasses import dataclass, field
from datetime import datetime
from uuid import UUID

from sqlalchemy import text
from sqlalchemy.ext.asyncio import AsyncSession

from triskel.chassis.jobs import DueRows
from triskel.chassis.outbox import Outbox
from triskel.chassis.parts import rows_of
from triskel.registry.imports.refusals import TooManyWouldClose
from triskel.registry.organisations.actions import CLOSE
from triskel.registry.organisations.commands import ORGANISATIONS
from triskel.registry.organisations.tables import ORGANISATION, OrganisationRow

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
    gone = [(value, organisation_id) for value, organisation_id in found if value not in values]
    if len(gone) > most:
        raise TooManyWouldClose(gone=len(gone), most=most, value=most)
    return gone


async def close(
    session: AsyncSession, outbox: Outbox, organisation_ids: Sequence[UUID], now: datetime
) -> None:
    """Mark these closed, and say so."""
    wanted = OrganisationRow.__table__.c.id.in_(organisation_ids)
    rows = await rows_of(session, ORGANISATION, wanted, lock=True)
    await ORGANISATIONS.act_by_clock(DueRows(session, outbox, rows, now), CLOSE)
