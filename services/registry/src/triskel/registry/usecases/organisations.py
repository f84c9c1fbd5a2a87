"""Organisations: register, decide on, update, find."""

import math
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any
from uuid import UUID

import uuid_utils
from sqlalchemy import Select, delete, func, literal_column, select, text
from sqlalchemy.ext.asyncio import AsyncSession

from triskel.chassis.http import check_version
from triskel.chassis.outbox import Outbox
from triskel.contracts import registry as said
from triskel.contracts.codes import HELIX_OF, IdentifierScheme, Isced, OrganisationKind, Role
from triskel.contracts.refusals import Conflict, Invalid, NotFound
from triskel.registry.domain import organisation as rules
from triskel.registry.domain.identifiers import normalised
from triskel.registry.tables import IdentifierRow, OrganisationRow

EARTH_KM = 6371.0088
KM_A_DEGREE = 111.2


def state_of(row: OrganisationRow, identifiers: Sequence[IdentifierRow]) -> said.Organisation:
    """The public state, as events carry it and the API shows it."""
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
            for i in sorted(identifiers, key=lambda i: i.scheme)
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
    )


def own_columns(details: dict[str, Any]) -> dict[str, Any]:
    """Columns from details as the API and imports give them; positions and names unfold."""
    columns = {key: value for key, value in details.items() if key not in ("identifiers",)}
    if "position" in columns:
        position = columns.pop("position") or {}
        columns["latitude"] = position.get("latitude")
        columns["longitude"] = position.get("longitude")
    if "names" in columns:
        columns["search_name"] = rules.searchable(columns["names"])
    return columns


async def identifiers_of(
    session: AsyncSession, ids: Sequence[UUID]
) -> dict[UUID, list[IdentifierRow]]:
    found: dict[UUID, list[IdentifierRow]] = {number: [] for number in ids}
    rows = await session.scalars(
        select(IdentifierRow).where(IdentifierRow.organisation_id.in_(ids))  # type: ignore[attr-defined]
    )
    for row in rows:
        found[row.organisation_id].append(row)
    return found


async def one(session: AsyncSession, number: UUID, *, lock: bool = False) -> OrganisationRow:
    """Raises `NotFound`."""
    row = await session.get(OrganisationRow, number, with_for_update=lock)
    if row is None:
        raise NotFound(
            "organisation-unknown", "There is no such organisation.", field="id", value=str(number)
        )
    return row


async def state(session: AsyncSession, row: OrganisationRow) -> said.Organisation:
    return state_of(row, (await identifiers_of(session, [row.id]))[row.id])


async def register(
    session: AsyncSession,
    outbox: Outbox,
    details: dict[str, Any],
    region: str,
    roles: frozenset[Role],
) -> said.Organisation:
    """A new organisation: approved when a coordinator registers it, else it asks for approval.

    `details` are the fields of the API. Raises `Invalid` for a wrong identifier and `Conflict` for
    one that another organisation has.
    """
    given = [
        (scheme, normalised(scheme, value))
        for scheme, value in ((i["scheme"], i["value"]) for i in details.pop("identifiers", ()))
    ]
    row = OrganisationRow(
        id=UUID(str(uuid_utils.uuid7())),
        version=1,
        region=region,
        status=rules.status_of_new(roles),
        open=True,
        **own_columns(details),
    )
    session.add(row)
    await session.flush()
    await _own_identifiers(session, row.id, given)
    own = [IdentifierRow(scheme=scheme, value=v, organisation_id=row.id) for scheme, v in given]
    public = state_of(row, own)
    event = (
        said.OrganisationApproved(organisation=public)
        if Role.COORDINATOR in roles
        else said.OrganisationApplied(organisation=public)
    )
    await outbox.record(session, event)
    return public


async def _own_identifiers(
    session: AsyncSession, owner: UUID, given: Sequence[tuple[IdentifierScheme, str]]
) -> None:
    for scheme, value in given:
        done = await session.execute(
            text(
                "insert into identifiers (scheme, value, organisation_id) "
                "values (:scheme, :value, :owner) on conflict do nothing"
            ),
            {"scheme": scheme, "value": value, "owner": owner},
        )
        if not getattr(done, "rowcount", 0):
            raise Conflict(
                "identifier-taken",
                f"Another organisation has the {scheme.upper()} {value}: one identifier belongs "
                "to one organisation.",
                field=f"identifiers.{scheme}",
                value=value,
            )


async def decide(
    session: AsyncSession,
    outbox: Outbox,
    number: UUID,
    action: str,
    actor: rules.Actor,
    expected: int,
    reason: str | None,
) -> said.Organisation:
    """Approve, reject, claim, suspend, reinstate or withdraw. Raises the domain's refusal."""
    row = await one(session, number, lock=True)
    if refused := rules.refusal(action, row.status, actor):
        raise refused
    check_version(expected, row.version)
    if action in ("reject", "suspend") and not reason:
        raise Invalid("reason-missing", f"Say why: {action!r} needs a reason.", field="reason")
    row.status = rules.ACTIONS[action][1]
    row.version += 1
    await session.flush()
    public = await state(session, row)
    event: said.OrganisationEvent
    match action:
        case "approve":
            event = said.OrganisationApproved(organisation=public)
        case "claim":
            event = said.OrganisationClaimed(organisation=public)
        case "reject":
            event = said.OrganisationRejected(organisation=public, reason=reason or "")
        case "suspend":
            event = said.OrganisationSuspended(organisation=public, reason=reason or "")
        case "reinstate":
            event = said.OrganisationReinstated(organisation=public)
        case _:
            event = said.OrganisationWithdrawn(organisation=public)
    await outbox.record(session, event)
    return public


async def update(
    session: AsyncSession,
    outbox: Outbox,
    number: UUID,
    changes: dict[str, Any],
    expected: int,
) -> said.Organisation:
    """Change details; the same values again change nothing and say nothing."""
    row = await one(session, number, lock=True)
    check_version(expected, row.version)
    before = await state(session, row)
    identifiers = changes.pop("identifiers", None)
    for name, value in own_columns(changes).items():
        setattr(row, name, value)
    if identifiers is not None:
        given = [(i["scheme"], normalised(i["scheme"], i["value"])) for i in identifiers]
        await session.execute(
            delete(IdentifierRow).where(IdentifierRow.organisation_id == number)  # type: ignore[arg-type]
        )
        await _own_identifiers(session, number, given)
        session.expire_all()
        row = await one(session, number)
    after = await state(session, row)
    changed = changed_fields(before, after)
    if not changed:
        return before
    row.version += 1
    await session.flush()
    public = await state(session, row)
    await outbox.record(
        session, said.OrganisationUpdated(organisation=public, changed=tuple(changed))
    )
    return public


def changed_fields(before: said.Organisation, after: said.Organisation) -> list[str]:
    return [
        name
        for name in said.Organisation.model_fields
        if name != "version" and getattr(before, name) != getattr(after, name)
    ]


@dataclass(frozen=True)
class Search:
    """Filters that are None do not filter. `near` is (latitude, longitude, kilometres)."""

    words: str | None = None
    kind: str | None = None
    status: str | None = None
    level: str | None = None
    open: bool | None = None
    near: tuple[float, float, float] | None = None


def search(wanted: Search) -> Select[Any]:
    """Rows of (organisation, distance in km or null)."""
    row = OrganisationRow.__table__.c  # type: ignore[attr-defined]
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
    if wanted.kind is not None:
        statement = statement.where(row.kind == wanted.kind)
    if wanted.status is not None:
        statement = statement.where(row.status == wanted.status)
    if wanted.open is not None:
        statement = statement.where(row.open == wanted.open)
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


def _words(given: str) -> list[str]:
    """The words of a query as names are searched; quotes cannot get into the query language."""
    plain = rules.searchable({"": given})
    words = ["".join(c for c in word if c.isalnum()) for word in plain.replace("'", " ").split()]
    found = [word for word in words if word]
    if not found:
        raise Invalid(
            "search-without-words",
            "Search for at least one letter or digit.",
            field="q",
            value=given,
        )
    return found
