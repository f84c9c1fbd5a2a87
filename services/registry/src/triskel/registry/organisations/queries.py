"""Finding organisations: by name, place, identifier, and what else is known of them."""

import re
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from sqlalchemy import Select, func, literal_column, select

from triskel.chassis.distances import Around
from triskel.chassis.searching import SIMPLE, query_of, searched_words
from triskel.contracts.codes import IdentifierScheme
from triskel.contracts.folding import folded
from triskel.registry.organisations.refusals.identifiers import IdentifierSchemeUnknown
from triskel.registry.organisations.rules.identifiers import normalised
from triskel.registry.organisations.tables import IdentifierRow, OrganisationRow
from triskel.registry.responsiveness.rules import HIDDEN_RANK


@dataclass(frozen=True)
class Search:
    """Filters that are None do not filter. `identifier` is a number of any register, or
    `scheme:number`; `hidden`: hosts that left schools unanswered, or all the others."""

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


def search(wanted: Search) -> Select[Any]:
    """Rows of (organisation, distance in km or null)."""
    row = OrganisationRow.__table__.c
    distance: Any = literal_column("null::double precision")
    if wanted.near is not None:
        distance = wanted.near.distance(row.latitude, row.longitude)
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
        statement = statement.where(*wanted.near.holds(row.latitude, row.longitude))
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
