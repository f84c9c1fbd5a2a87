"""An organisation is registered, and its details change; its identifiers are its own."""

from collections.abc import Collection, Container, Iterable, Mapping
from datetime import datetime
from typing import Any
from uuid import UUID

from sqlalchemy import delete, select, tuple_
from sqlalchemy.dialects.postgresql import insert
from sqlalchemy.ext.asyncio import AsyncSession
from sqlmodel import col
from uuid_utils.compat import uuid7

from triskel.chassis.outbox import Outbox
from triskel.chassis.versions import Seen, check_version
from triskel.contracts import registry as said
from triskel.contracts.codes import IdentifierScheme, OrganisationKind
from triskel.registry.organisations.commands.rows import (
    changed_fields,
    identifiers_of,
    one,
    own_columns,
    remember,
    state,
    state_of,
)
from triskel.registry.organisations.refusals.identifiers import IdentifierTaken, IdentifierTwice
from triskel.registry.organisations.refusals.organisation import SiteUnknown
from triskel.registry.organisations.rules import organisation as rules
from triskel.registry.organisations.rules.facts import (
    check_facts,
    check_own_facts,
    who_may_change,
)
from triskel.registry.organisations.rules.identifiers import (
    check_given,
    normalised,
    site_identifier,
)
from triskel.registry.organisations.tables import IdentifierRow, OrganisationRow

Key = tuple[str, str]
_KEY = (col(IdentifierRow.scheme), col(IdentifierRow.value))


async def register(
    session: AsyncSession,
    outbox: Outbox,
    details: dict[str, Any],
    region: str,
    actor: rules.Actor,
    now: datetime,
) -> tuple[OrganisationRow, list[IdentifierRow]]:
    """A new organisation: approved when a coordinator registers it, else it asks for approval.

    `details` are the fields of the API. Raises `Invalid` for a wrong identifier, `Forbidden` for
    one that only the coordinator gives and `Conflict` for one that another organisation has.
    """
    own = _verified(details.get("identifiers", ()))
    sites = _sites(details.get("sites", ()), known=set())
    wanted = dict.fromkeys(own) | _of_sites(sites, own)
    kind = OrganisationKind(details["kind"])
    check_given(kind, (), wanted, coordinator=actor.coordinator)
    check_facts(kind, region, details)
    row = OrganisationRow(
        id=uuid7(),
        version=1,
        region=region,
        status=rules.status_of_new(actor),
        open=True,
        sites=sites,
        updated_at=now,
        **own_columns(details),
    )
    identifiers = _rows(row.id, wanted, frozenset(), followed=actor.coordinator)
    await _check_free(session, wanted)
    session.add_all([row, *identifiers])
    remember(session, row, "register", actor.role, now)
    public = state_of(row, identifiers)
    event = (
        said.OrganisationApproved(organisation=public)
        if actor.coordinator
        else said.OrganisationApplied(organisation=public)
    )
    await outbox.record(session, event)
    return row, identifiers


async def update(
    session: AsyncSession,
    outbox: Outbox,
    number: UUID,
    changes: dict[str, Any],
    actor: rules.Actor,
    expected: Seen,
    now: datetime,
) -> said.Organisation:
    """Change details; the same values again change nothing and say nothing. Identifiers and sites
    are given whole; a site that is given with its id stays the same site."""
    row = await one(session, number, lock=True)
    kind = OrganisationKind(row.kind)
    if forbidden := who_may_change(actor, kind):
        raise forbidden
    check_version(expected, row.version)
    rules.check_not_merged(row.merged_into)
    check_facts(kind, row.region, changes)
    had = (await identifiers_of(session, [number]))[number]
    before = state_of(row, had)
    for name, value in own_columns(changes).items():
        setattr(row, name, value)
    if "identifiers" in changes or "sites" in changes:
        own = [(str(i.scheme), i.value) for i in before.identifiers]
        if "identifiers" in changes:
            own = _verified(changes["identifiers"] or ())
        if "sites" in changes:
            row.sites = _sites(changes["sites"] or (), known={site.id for site in before.sites})
        wanted = dict.fromkeys(own) | _of_sites(row.sites, own)
        check_given(
            kind,
            {(each.scheme, each.value) for each in had},
            wanted,
            coordinator=actor.coordinator,
        )
        await _own(session, number, wanted, followed=actor.coordinator)
    after = await state(session, row)
    changed = changed_fields(before, after)
    if not changed:
        return before
    check_own_facts(actor, any(each.main for each in had), changed)
    row.version += 1
    remember(session, row, "update", actor.role, now)
    await session.flush()
    public = await state(session, row)
    await outbox.record(
        session, said.OrganisationUpdated(organisation=public, changed=tuple(changed))
    )
    return public


def _verified(given: Iterable[Mapping[str, Any]]) -> list[Key]:
    found: list[Key] = []
    for each in given:
        scheme = IdentifierScheme(each["scheme"])
        key = (str(scheme), normalised(scheme, each["value"]))
        if key in found:
            raise _twice(key)
        found.append(key)
    return found


def _sites(given: Iterable[Mapping[str, Any]], known: set[UUID]) -> list[dict[str, Any]]:
    """Sites as they are kept: new ones have ids of their own. Raises `Invalid`."""
    found = []
    for each in given:
        number = each.get("id")
        if number is not None and number not in known:
            raise SiteUnknown(value=str(number))
        known.discard(number)
        identifier = each.get("identifier")
        if identifier is not None:
            scheme = IdentifierScheme(identifier["scheme"])
            value = site_identifier(scheme, identifier["value"])
            identifier = said.Identifier(scheme=scheme, value=value)
        site = said.Site(
            id=number or uuid7(),
            label=each["label"],
            address=each.get("address"),
            position=each.get("position"),
            identifier=identifier,
        )
        found.append(site.model_dump(mode="json"))
    return found


def _of_sites(sites: Iterable[Mapping[str, Any]], own: Iterable[Key]) -> dict[Key, UUID]:
    found: dict[Key, UUID] = {}
    for site in sites:
        if identifier := site["identifier"]:
            key = (identifier["scheme"], identifier["value"])
            if key in found or key in own:
                raise _twice(key)
            found[key] = UUID(site["id"])
    return found


def _twice(key: Key) -> IdentifierTwice:
    scheme, value = key
    return IdentifierTwice(
        scheme=scheme.upper(), number=value, field=f"identifiers.{scheme}", value=value
    )


async def _own(
    session: AsyncSession, owner: UUID, wanted: Mapping[Key, UUID | None], *, followed: bool
) -> None:
    """These identifiers, each with its site or without, are the owner's, and no others. Imports
    follow new ones if `followed`: what an organisation says of itself makes it no entry of a
    register. Raises `Conflict` for one that another organisation has."""
    mine = col(IdentifierRow.organisation_id) == owner
    had = await session.execute(select(*_KEY).where(mine, col(IdentifierRow.main)))
    led = {(scheme, value) for scheme, value in had}
    await session.execute(delete(IdentifierRow).where(mine))
    for row in _rows(owner, wanted, led, followed=followed):
        done = await session.execute(
            insert(IdentifierRow).values(row.model_dump()).on_conflict_do_nothing()
        )
        if not getattr(done, "rowcount", 0):
            raise _taken((row.scheme, row.value))


def _rows(
    owner: UUID, wanted: Mapping[Key, UUID | None], led: Container[Key], *, followed: bool
) -> list[IdentifierRow]:
    """What led before leads on; of what is new, the first of its scheme."""
    leading: set[str] = set()
    found = []
    for key in sorted(wanted, key=lambda key: key not in led):
        (scheme, value), site = key, wanted[key]
        main = site is None and scheme not in leading and (followed or key in led)
        if main:
            leading.add(scheme)
        found.append(
            IdentifierRow(
                scheme=scheme, value=value, organisation_id=owner, site_id=site, main=main
            )
        )
    return found


async def _check_free(session: AsyncSession, wanted: Collection[Key]) -> None:
    """Raises `Conflict` for one that another organisation has. Of two that come at once the slower
    request is begun again, and told so here."""
    if wanted:
        found = await session.execute(select(*_KEY).where(tuple_(*_KEY).in_(wanted)).limit(1))
        if taken := found.first():
            raise _taken((taken.scheme, taken.value))


def _taken(key: Key) -> IdentifierTaken:
    scheme, value = key
    return IdentifierTaken(
        scheme=scheme.upper(), number=value, field=f"identifiers.{scheme}", value=value
    )
