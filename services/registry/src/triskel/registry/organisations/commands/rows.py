"""Organisations as rows: read, shown, and remembered step by step."""

from collections.abc import Sequence
from datetime import datetime
from typing import Any
from uuid import UUID

from sqlalchemy import Select, select
from sqlalchemy.ext.asyncio import AsyncSession
from sqlmodel import col

from triskel.contracts import registry as said
from triskel.contracts.codes import HELIX_OF, IdentifierScheme, Isced, OrganisationKind, Role
from triskel.contracts.folding import folded
from triskel.registry.organisations.refusals.organisation import OrganisationUnknown
from triskel.registry.organisations.rules import organisation as rules
from triskel.registry.organisations.tables import (
    IdentifierRow,
    OrganisationRow,
    OrganisationStepRow,
)


def state_of(row: Any, identifiers: Sequence[Any]) -> said.Organisation:
    """The public state, as events carry it and the API shows it. `row` has the columns of an
    `OrganisationRow`, and each of `identifiers` those of an `IdentifierRow`."""
    position = None
    if row.latitude is not None and row.longitude is not None:
        position = said.Position(latitude=row.latitude, longitude=row.longitude)
    kind = OrganisationKind(row.kind)
    return said.Organisation(
        id=row.id,
        region=row.region,
        version=row.version,
        kind=kind,
        helix=HELIX_OF[kind],
        names=row.names,
        status=row.status,
        open=row.open,
        identifiers=tuple(
            said.Identifier(scheme=IdentifierScheme(i.scheme), value=i.value)
            # of a scheme the one that imports follow comes first
            for i in sorted(identifiers, key=lambda i: (i.scheme, not i.main, i.value))
            if i.site_id is None
        ),
        legal_unit=said.Identifier.model_validate(row.legal_unit) if row.legal_unit else None,
        levels=tuple(Isced(level) for level in row.levels),
        sector=row.sector,
        address=said.Address.model_validate(row.address) if row.address else None,
        position=position,
        nuts3=row.nuts3,
        pupils=row.pupils,
        priority_education=row.priority_education,
        public_sector=row.public_sector,
        partnership_capacity=row.partnership_capacity,
        sites=tuple(said.Site.model_validate(site) for site in row.sites),
        merged_into=row.merged_into,
    )


def own_columns(details: dict[str, Any]) -> dict[str, Any]:
    """Columns from details as the API and imports give them; positions unfold, and what is
    searched is folded."""
    columns = {key: value for key, value in details.items() if key not in ("identifiers", "sites")}
    if "position" in columns:
        position = columns.pop("position") or {}
        columns["latitude"] = position.get("latitude")
        columns["longitude"] = position.get("longitude")
    if "names" in columns:
        columns["search_name"] = rules.searchable(columns["names"])
    if "address" in columns:
        municipality = (columns["address"] or {}).get("municipality")
        columns["search_municipality"] = folded(municipality) if municipality else None
    return columns


async def identifiers_of(
    session: AsyncSession, ids: Sequence[UUID]
) -> dict[UUID, list[IdentifierRow]]:
    """Those of sites too."""
    found: dict[UUID, list[IdentifierRow]] = {number: [] for number in ids}
    rows = await session.scalars(
        select(IdentifierRow)
        .where(col(IdentifierRow.organisation_id).in_(ids))
        .execution_options(populate_existing=True)
    )
    for row in rows:
        found[row.organisation_id].append(row)
    return found


async def one(session: AsyncSession, number: UUID, *, lock: bool = False) -> OrganisationRow:
    """Raises `NotFound`."""
    row = await session.get(OrganisationRow, number, with_for_update=lock)
    if row is None:
        raise OrganisationUnknown(value=str(number))
    return row


async def some(session: AsyncSession, ids: Sequence[UUID]) -> dict[UUID, OrganisationRow]:
    """Those of these that there are, by id."""
    rows = await session.scalars(select(OrganisationRow).where(col(OrganisationRow.id).in_(ids)))
    return {row.id: row for row in rows}


async def state(session: AsyncSession, row: OrganisationRow) -> said.Organisation:
    return state_of(row, (await identifiers_of(session, [row.id]))[row.id])


def remember(
    session: AsyncSession,
    row: OrganisationRow,
    action: str,
    by: Role,
    now: datetime,
    reason: str | None = None,
) -> None:
    """One step for each version."""
    row.updated_at = now
    session.add(OrganisationStepRow(**step_columns(row, action, by, now, reason)))


def step_columns(
    row: Any, action: str, by: Role, now: datetime, reason: str | None = None
) -> dict[str, Any]:
    """A step of an organisation as its columns; `row` has an organisation's."""
    return {
        "organisation_id": row.id,
        "version": row.version,
        "action": action,
        "status": row.status,
        "by": by,
        "at": now,
        "reason": reason,
    }


async def family(session: AsyncSession, number: UUID) -> list[UUID]:
    """This one, and those that were merged into it."""
    merged = await session.scalars(
        select(col(OrganisationRow.id)).where(col(OrganisationRow.merged_into) == number)
    )
    return [number, *sorted(merged)]


def steps_of(numbers: Sequence[UUID]) -> Select[Any]:
    """What was done with these organisations."""
    return select(OrganisationStepRow).where(col(OrganisationStepRow.organisation_id).in_(numbers))


def changed_fields(before: said.Organisation, after: said.Organisation) -> list[str]:
    return [
        name
        for name in said.Organisation.model_fields
        if name != "version" and getattr(before, name) != getattr(after, name)
    ]
