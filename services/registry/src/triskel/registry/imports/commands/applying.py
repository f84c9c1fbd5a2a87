"""A chunk of a directory's rows: set-based, and the same rows again change nothing."""

from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime
from enum import Enum
from types import SimpleNamespace
from typing import Any

from pydantic_core import to_json
from sqlalchemy import exists, or_, select, tuple_
from sqlalchemy.ext.asyncio import AsyncSession
from sqlalchemy.orm import aliased, selectinload
from sqlmodel import col
from uuid_utils.compat import uuid7

from triskel.chassis.database import insert_rows
from triskel.chassis.outbox import Outbox
from triskel.contracts import registry as contract
from triskel.contracts.codes import OrganisationKind, OrganisationStatus, Role
from triskel.registry.conflicts.commands import agree, contradict
from triskel.registry.imports.gateways.entries import Entry
from triskel.registry.imports.rules import lies_in
from triskel.registry.organisations.commands import ORGANISATIONS
from triskel.registry.organisations.rules.facts import filled
from triskel.registry.organisations.rules.identifiers import OF_EDUCATION
from triskel.registry.organisations.rules.organisation import Organisation
from triskel.registry.organisations.tables import (
    ORGANISATION,
    IdentifierRow,
    OrganisationRow,
    searched,
)


@dataclass
class Line:
    """What became of one row."""

    entry: Entry
    outcome: str
    changes: dict[str, Any] | None = None


class Place(Enum):
    """What a known identifier is to its organisation."""

    FOLLOWED = "set by an import or the coordinator: imports follow it"
    BESIDE = "of a site, or beside the one of its scheme that imports follow"
    OWN = "the organisation gave it to itself"


Known = dict[tuple[str, str], tuple[OrganisationRow, Place]]
"""By scheme and identifier."""


@dataclass(frozen=True)
class Chunk:
    """Rows of a file that are applied in one transaction. `seen` are the identifiers of earlier
    chunks, and of this one afterwards."""

    entries: Sequence[Entry]
    region: str
    dry_run: bool
    seen: set[tuple[str, str]]
    now: datetime


@dataclass
class _Written:
    """What a chunk writes at its end: columns, since an object of the mapper would cost five times
    as much."""

    organisations: list[dict[str, Any]] = field(default_factory=list)
    identifiers: list[dict[str, Any]] = field(default_factory=list)
    steps: list[dict[str, Any]] = field(default_factory=list)
    events: list[contract.OrganisationEvent] = field(default_factory=list)
    closed: list[tuple[Organisation, Organisation]] = field(default_factory=list)
    conflicts: list[dict[str, Any]] = field(default_factory=list)
    agreed: list[dict[str, Any]] = field(default_factory=list)

    def step(self, row: Any, action: str, now: datetime) -> None:
        """A step of history; `row` has an organisation's columns."""
        step = {"organisation_id": row.id, "version": row.version, "status": row.status}
        of_import = {"action": action, "by": Role.SYSTEM, "at": now, "reason": None}
        self.steps.append(step | of_import)


def placed(entries: Iterable[Entry], region: str) -> Iterator[Entry]:
    """A file's rows, those that lie elsewhere refused: nothing of another region is taken into this
    one. What cannot be told from the row's codes is remarked, and the row goes on."""
    for entry in entries:
        if entry.area is not None and not entry.refusals:
            area, here = entry.area, lies_in(entry.area.nuts, region)
            if here is None:
                words = f"the row does not tell whether it lies in {region}"
                entry.remark(area.column, area.value, "region-unknown", words)
            elif not here:
                words = f"This lies in {area.nuts}, and the import is of {region}."
                entry.refuse(area.column, area.value, "region-not-at-home", words)
        yield entry


async def apply(session: AsyncSession, outbox: Outbox, chunk: Chunk) -> list[Line]:
    """Create what is new and change what differs, by identifier; one event for each.

    A row that breaks a rule is refused with field, value and rule, and changes nothing; the others
    go on. An identifier that stands on several lines counts once: the first line wins, the others
    are reported as unchanged; so is a further identifier of a known organisation, of a site say.
    """
    known = await _known(session, chunk.entries)
    written = _Written()
    lines = [_applied(entry, chunk, known, written) for entry in chunk.entries]
    if not chunk.dry_run:
        await insert_rows(session, "organisations", written.organisations)
        await insert_rows(session, "identifiers", written.identifiers)
        await insert_rows(session, "organisation_steps", written.steps)
        await contradict(session, written.conflicts)
        await agree(session, written.agreed)
        await outbox.record(session, *written.events)
        await ORGANISATIONS.tell(session, outbox, written.closed, chunk.now)
    return lines


def _applied(entry: Entry, chunk: Chunk, known: Known, written: _Written) -> Line:
    if entry.refusals or entry.scheme is None or entry.identifier is None:
        return Line(entry, "refused")
    if entry.details["kind"] not in OF_EDUCATION.get(entry.scheme, OrganisationKind):
        entry.refuse(
            "kind",
            str(entry.details["kind"]),
            "identifier-of-other-kind",
            f"A {entry.scheme.upper()} numbers no {entry.details['kind']}.",
        )
        return Line(entry, "refused")
    key = (str(entry.scheme), entry.identifier)
    if key in chunk.seen:
        return Line(entry, "unchanged")
    chunk.seen.add(key)
    if key not in known:
        _create(key, entry, chunk, written)
        return Line(entry, "created")
    row, place = known[key]
    if place is Place.BESIDE:
        return Line(entry, "unchanged")
    if _refused(entry, row, place, chunk.region):
        return Line(entry, "refused")
    changes = _change(entry, row, chunk, written)
    return Line(entry, "changed" if changes else "unchanged", changes)


def _create(key: tuple[str, str], entry: Entry, chunk: Chunk, written: _Written) -> None:
    columns = {
        "id": uuid7(),
        "version": 1,
        "region": chunk.region,
        "status": OrganisationStatus.IMPORTED,
        "open": entry.open is not False,
        "updated_at": chunk.now,
        "mailbox": entry.mailbox,
        "partnership_capacity": None,
        "sites": [],
        "merged_into": None,
        "status_reason": None,
        "answer_rank": 0,
        "stated": None,
        "own_fields": [],
        **own_columns(entry.details),
        "priority_education": bool(entry.details["priority_education"]),
    }
    owned = {"scheme": key[0], "value": key[1], "organisation_id": columns["id"]}
    identifier = SimpleNamespace(**owned, site_id=None, main=True)
    created = SimpleNamespace(**columns, identifiers=[identifier])
    written.organisations.append(columns)
    written.identifiers.append(vars(identifier))
    written.step(created, "import", chunk.now)
    written.events.append(contract.OrganisationImported(organisation=public_of(created)))


def _change(
    entry: Entry, row: OrganisationRow, chunk: Chunk, written: _Written
) -> dict[str, Any] | None:
    """What differs, before and after; null where nothing does."""
    if entry.mailbox is not None and not chunk.dry_run:
        # no part of the public state, so no event and no new version
        row.mailbox = entry.mailbox
    before = public_of(row)
    state = before.model_dump()
    told = {**entry.details, "open": entry.open}
    given = {name: v for name, v in filled(state, told).items() if name != "identifiers"}
    after = contract.Organisation.model_validate(state | given)
    known, names = vars(before), contract.Organisation.model_fields
    fields = [name for name in names if known[name] != getattr(after, name)]
    if own := given.keys() & set(row.own_fields):
        given = {name: value for name, value in given.items() if name not in own}
        _keep_own(entry, row, {name: told[name] for name in own}, fields, chunk.now, written)
        fields = [name for name in fields if name not in own]
    if not fields:
        return None
    if not chunk.dry_run:
        closed = before.open and not after.open
        was = ORGANISATION.to_domain(row) if closed else None
        for name, value in own_columns(given).items():
            setattr(row, name, value)
        row.version += 1
        row.updated_at = chunk.now
        public = public_of(row)
        if was is not None:
            written.closed.append((was, ORGANISATION.to_domain(row)))
            written.events.append(contract.OrganisationClosed(organisation=public))
        else:
            event = contract.OrganisationUpdated(organisation=public, changed=tuple(fields))
            written.events.append(event)
        written.step(row, "close" if closed else "update", chunk.now)
    old, new = before.model_dump(mode="json"), after.model_dump(mode="json")
    return {name: {"before": old[name], "after": new[name]} for name in fields}


def _keep_own(
    entry: Entry,
    row: OrganisationRow,
    said: Mapping[str, Any],
    differing: Sequence[str],
    now: datetime,
    written: _Written,
) -> None:
    """What people have set stays; where the register says otherwise it is told and kept beside
    it."""
    for name, value in filled({}, said).items():
        of_field = {"organisation_id": row.id, "field": name}
        if name not in differing:
            written.agreed.append(of_field)
            continue
        known = {"region": row.region, "register_value": value, "since": now}
        written.conflicts.append(of_field | known)
        words = "people have set it, so it stays as it is; the conflict is theirs to decide"
        entry.remark(name, to_json(value).decode(), "set-by-hand", words)


def public_of(row: Any) -> contract.Organisation:
    """The public state of what has an organisation's columns and identifiers."""
    return ORGANISATION.answer(contract.Organisation, ORGANISATION.to_domain(row))


def own_columns(details: Mapping[str, Any]) -> dict[str, Any]:
    """Columns of what a row says: a position unfolds, and what is searched is folded."""
    columns = {name: value for name, value in details.items() if name != "identifiers"}
    if "position" in columns:
        position = columns.pop("position") or {}
        columns |= {name: position.get(name) for name in ("latitude", "longitude")}
    return columns | searched(columns)


async def _known(session: AsyncSession, entries: Sequence[Entry]) -> Known:
    """The organisations that have these identifiers, locked in the order of their ids."""
    keys = [
        (str(entry.scheme), entry.identifier)
        for entry in entries
        if entry.scheme and entry.identifier
    ]
    if not keys:
        return {}
    other = aliased(IdentifierRow)
    parts: Any = OrganisationRow.identifiers
    led = exists().where(
        col(other.organisation_id) == IdentifierRow.organisation_id,
        col(other.scheme) == IdentifierRow.scheme,
        col(other.main),
    )
    found = await session.execute(
        select(
            IdentifierRow,
            OrganisationRow,
            or_(col(IdentifierRow.site_id).is_not(None), led),
        )
        .join(OrganisationRow, col(OrganisationRow.id) == IdentifierRow.organisation_id)
        .where(tuple_(IdentifierRow.scheme, IdentifierRow.value).in_(keys))
        .order_by(col(OrganisationRow.id))
        .options(selectinload(parts))
        .with_for_update(of=OrganisationRow)
    )
    return {
        (key.scheme, key.value): (
            row,
            Place.FOLLOWED if key.main else Place.BESIDE if beside else Place.OWN,
        )
        for key, row, beside in found
    }


def _refused(entry: Entry, row: OrganisationRow, place: Place, region: str) -> bool:
    """Whether a row is of somebody else than who has its identifier here: the coordinator is told,
    and decides who that is."""
    if place is Place.OWN:
        entry.refuse(
            "identifier",
            entry.identifier,
            "organisation-of-no-register",
            f"The organisation {row.id} gave this identifier to itself. If it is the one, set the "
            "identifier as its coordinator; if not, take it away.",
        )
    elif row.region != region:
        entry.refuse(
            "identifier",
            entry.identifier,
            "organisation-of-other-region",
            f"The organisation {row.id} with this identifier is of {row.region}.",
        )
    elif entry.details["kind"] != row.kind:
        entry.refuse(
            "kind",
            str(entry.details["kind"]),
            "kind-differs",
            f"The organisation {row.id} with this identifier is a {row.kind}: an import makes "
            "nothing else of it. If its register is right, take the identifier away from it: the "
            "next import registers the other.",
        )
    return bool(entry.refusals)
