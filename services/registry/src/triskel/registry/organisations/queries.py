"""What is read of organisations: for decisions, for searches, for people."""

import re
from collections.abc import Collection, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any
from uuid import UUID

from sqlalchemy import ColumnElement, Select, func, literal_column, select
from sqlalchemy.ext.asyncio import AsyncSession
from sqlalchemy.orm import selectinload

from triskel.chassis.database import loaded
from triskel.chassis.distances import Around
from triskel.chassis.paging import PageRequest, paginate
from triskel.chassis.searching import SIMPLE, query_of, searched_words
from triskel.contracts.codes import IdentifierScheme
from triskel.contracts.folding import folded
from triskel.registry.organisations.refusals.identifiers import IdentifierSchemeUnknown
from triskel.registry.organisations.rules.identifiers import normalised
from triskel.registry.organisations.rules.organisation import HIDDEN_RANK, Facts, Organisation
from triskel.registry.organisations.tables import (
    ORGANISATION,
    IdentifierRow,
    OrganisationRow,
    OrganisationStepRow,
)

FACTS: dict[str, ColumnElement[Any]] = {}
"""What decisions on an organisation need of the resources that stand above it, which declare it
here: a subquery on `OrganisationRow`, by the name of its field in `Facts`."""


async def organisations_of(
    session: AsyncSession, ids: Collection[UUID]
) -> dict[UUID, OrganisationRow]:
    """Their rows: one query for those that the session has not read."""
    known = loaded(session, OrganisationRow, ids)
    if missing := set(ids) - known.keys():
        own = OrganisationRow.__table__.c.id
        found = await session.scalars(select(OrganisationRow).where(own.in_(missing)))
        known |= {row.id: row for row in found}
    return known


async def facts_of(
    session: AsyncSession, organisations: Sequence[Organisation]
) -> dict[UUID, Facts]:
    """What decisions on these organisations need, in one query."""
    own = OrganisationRow.__table__.c
    found = await session.execute(
        select(own.id, *(fact.label(name) for name, fact in FACTS.items())).where(
            own.id.in_([each.id for each in organisations])
        )
    )
    return {
        organisation_id: Facts(**dict(zip(FACTS, facts, strict=True)))
        for organisation_id, *facts in found
    }


async def family(session: AsyncSession, organisation_id: UUID) -> list[UUID]:
    """This one, and those that were merged into it."""
    own = OrganisationRow.__table__.c
    merged = await session.scalars(select(own.id).where(own.merged_into == organisation_id))
    return [organisation_id, *sorted(merged)]


async def steps_of(
    session: AsyncSession, organisation_id: UUID, page: PageRequest
) -> tuple[list[OrganisationStepRow], str | None]:
    """A page of its history, the oldest first, with that of what was merged into it."""
    own = OrganisationStepRow.__table__.c
    statement = select(OrganisationStepRow).where(
        own.organisation_id.in_(await family(session, organisation_id))
    )
    keys = [own.at, own.organisation_id, own.version]
    rows, following = await paginate(session, statement, keys=keys, page=page)
    return [row for (row,) in rows], following


@dataclass(frozen=True)
class OrganisationFilter:
    """Filters that are None do not filter. `identifier` is a number of any register, or
    `scheme:number`; `hidden`: hosts that left schools unanswered, or all the others. `sort` is
    `name`, `updated` or `answers`."""

    words: str | None = None
    kind: str | None = None
    status: str | None = None
    level: str | None = None
    open: bool | None = None
    near: Around | None = None
    region: str | None = None
    nuts3: str | None = None
    municipality: str | None = None
    municipality_code: str | None = None
    identifier: str | None = None
    priority_education: bool | None = None
    updated_since: datetime | None = None
    hidden: bool | None = None
    sort: str = "name"


async def search(
    session: AsyncSession, wanted: OrganisationFilter, page: PageRequest
) -> tuple[list[tuple[Organisation, float | None]], str | None]:
    """A page of organisations with their distances in km, null where no place was asked for, and
    the cursor of the next."""
    own = OrganisationRow.__table__.c
    orders = {
        "name": [own.search_name, own.id],
        "updated": [own.updated_at, own.id],
        "answers": [own.answer_rank, own.search_name, own.id],
    }
    parts: Any = OrganisationRow.identifiers
    statement = statement_of(wanted).options(selectinload(parts))
    rows, following = await paginate(session, statement, keys=orders[wanted.sort], page=page)
    return [(ORGANISATION.to_domain(row), distance) for row, distance in rows], following


def statement_of(wanted: OrganisationFilter) -> Select[Any]:
    """Rows of (organisation, distance in km or null): that of the nearest of its sites."""
    row = OrganisationRow.__table__.c
    distance: Any = literal_column("null::double precision")
    if wanted.near is not None:
        distance = wanted.near.nearest(row.latitude, row.longitude, row.sites)
    statement = select(OrganisationRow, distance.label("distance_km"))
    if wanted.words:
        query = query_of(searched_words(wanted.words, "q"))
        statement = statement.where(func.to_tsvector(SIMPLE, row.search_name).op("@@")(query))
    for name in ("kind", "status", "region", "nuts3"):
        if (value := getattr(wanted, name)) is not None:
            statement = statement.where(row[name] == value)
    for name in ("open", "priority_education"):
        if (value := getattr(wanted, name)) is not None:
            statement = statement.where(row[name].is_(value))
    if wanted.municipality is not None:
        statement = statement.where(row.search_municipality == folded(wanted.municipality))
    if wanted.municipality_code is not None:
        code = row.address.op("->>")(literal_column("'municipality_code'"))
        statement = statement.where(code == wanted.municipality_code)
    if wanted.identifier is not None:
        statement = statement.where(row.id.in_(_having(wanted.identifier)))
    if wanted.updated_since is not None:
        statement = statement.where(row.updated_at >= wanted.updated_since)
    if wanted.hidden is not None:
        shown = row.answer_rank < HIDDEN_RANK
        statement = statement.where(row.answer_rank >= HIDDEN_RANK if wanted.hidden else shown)
    if wanted.level is not None:
        statement = statement.where(row.levels.contains([wanted.level]))
    if wanted.near is not None:
        statement = statement.where(*wanted.near.holds(row.latitude, row.longitude, row.sites))
    return statement


def _having(identifier: str) -> Select[Any]:
    """The organisation that has this identifier, its own or a site's."""
    scheme, _, value = identifier.rpartition(":")
    column = IdentifierRow.__table__.c
    found = select(column.organisation_id)
    if not scheme:
        return found.where(column.value == re.sub(r"[\s.\-]", "", value).upper())
    try:
        known = IdentifierScheme(scheme)
    except ValueError:
        schemes = ", ".join(IdentifierScheme)
        raise IdentifierSchemeUnknown(schemes=schemes, value=identifier) from None
    return found.where(column.scheme == known, column.value == normalised(known, value))
