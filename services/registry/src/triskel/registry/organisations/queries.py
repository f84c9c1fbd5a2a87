"""Finding organisations: by name, place, identifier, and what else is known of them."""

import math
import re
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from sqlalchemy import Select, func, literal_column, select

from triskel.contracts.codes import IdentifierScheme
from triskel.contracts.folding import folded
from triskel.contracts.refusals import Invalid
from triskel.registry.organisations.rules.identifiers import normalised
from triskel.registry.organisations.tables import IdentifierRow, OrganisationRow
from triskel.registry.responsiveness.rules import HIDDEN_RANK

EARTH_KM = 6371.0088
KM_A_DEGREE = 111.2


@dataclass(frozen=True)
class Search:
    """Filters that are None do not filter. `near` is (latitude, longitude, kilometres);
    `identifier` is a number of any register, or `scheme:number`; `hidden`: hosts that left schools
    unanswered, or all the others."""

    words: str | None = None
    kind: str | None = None
    status: str | None = None
    level: str | None = None
    open: bool | None = None
    near: tuple[float, float, float] | None = None
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
        latitude, longitude, _ = wanted.near
        half = func.pow(func.sin(func.radians(row.latitude - latitude) / 2), 2) + func.cos(
            func.radians(latitude)
        ) * func.cos(func.radians(row.latitude)) * func.pow(
            func.sin(func.radians(row.longitude - longitude) / 2), 2
        )
        distance = 2 * EARTH_KM * func.asin(func.sqrt(func.least(1.0, half)))
    statement = select(OrganisationRow, distance.label("distance_km"))
    if wanted.words:
        terms = [f"'{w}':*" for w in _words(wanted.words)]
        vector = func.to_tsvector(literal_column("'simple'"), row.search_name)
        statement = statement.where(
            vector.op("@@")(func.to_tsquery(literal_column("'simple'"), " & ".join(terms)))
        )
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
        latitude, longitude, km = wanted.near
        high = km / KM_A_DEGREE
        wide = high / max(0.01, math.cos(math.radians(latitude)))
        statement = statement.where(
            row.latitude.between(latitude - high, latitude + high),
            row.longitude.between(longitude - wide, longitude + wide),
            distance <= km,
        )
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
        raise Invalid(
            "identifier-scheme-unknown",
            f"Before the colon stands one of {', '.join(IdentifierScheme)}.",
            field="identifier",
            value=identifier,
        ) from None
    return found.where(column.scheme == known, column.value == normalised(known, value))


def _words(given: str) -> list[str]:
    """The words of a query as names are searched; quotes cannot get into the query language."""
    found = folded(given).split()
    if not found:
        raise Invalid(
            "search-without-words",
            "Search for at least one letter or digit.",
            field="q",
            value=given,
        )
    return found
