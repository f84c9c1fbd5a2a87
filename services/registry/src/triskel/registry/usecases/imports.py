"""Imports of official directories: set-based, and the same file again changes nothing."""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from datetime import datetime
from itertools import islice
from typing import Any
from uuid import UUID

import uuid_utils
from sqlalchemy import insert, select, tuple_
from sqlalchemy.ext.asyncio import AsyncSession

from triskel.chassis.outbox import Outbox
from triskel.contracts import registry as said
from triskel.contracts.codes import OrganisationStatus
from triskel.contracts.refusals import NotFound
from triskel.registry.domain.organisation import searchable
from triskel.registry.gateways.entries import Entry
from triskel.registry.tables import IdentifierRow, ImportLineRow, ImportRow, OrganisationRow
from triskel.registry.usecases.closing import Named, close_what_is_gone
from triskel.registry.usecases.organisations import (
    changed_fields,
    identifiers_of,
    own_columns,
    state_of,
)

CHUNK_ROWS = 1000
_CLOSED = {"open": {"before": True, "after": False}}


@dataclass
class _Line:
    entry: Entry
    outcome: str
    changes: dict[str, Any] | None = None


async def import_directory(
    session: AsyncSession,
    outbox: Outbox,
    dataset: str,
    entries: Iterator[Entry],
    region: str,
    dry_run: bool,
    now: datetime,
    max_closed: int | None = None,
) -> ImportRow:
    """Create what is new and change what differs, by identifier; one event for each.

    A row that breaks a rule is refused with field, value and rule, and changes nothing; the others
    go on. An identifier that stands on several lines counts once: the first line wins, the others
    are reported as unchanged. With `dry_run` only the report is kept.

    With `max_closed` the file is the whole register of the areas that it names: open schools that
    it lacks are closed. Raises `Conflict` when they are more than that.
    """
    report = ImportRow(
        id=UUID(str(uuid_utils.uuid7())),
        dataset=dataset,
        region=region,
        dry_run=dry_run,
        at=now,
        rows=0,
        created=0,
        changed=0,
        unchanged=0,
        refused=0,
        closed=0,
    )
    session.add(report)
    await session.flush()
    named, last = Named(), 1
    while chunk := list(islice(entries, CHUNK_ROWS)):
        lines = await _chunk(session, outbox, chunk, region, dry_run, named)
        await _keep_lines(session, report, lines)
        report.rows += len(lines)
        last = chunk[-1].number
    if max_closed is not None:
        gone = await close_what_is_gone(session, outbox, named, region, max_closed, dry_run)
        lines = [
            _Line(Entry(number, identifier=value), "closed", _CLOSED)
            for number, value in enumerate(gone, last + 1)
        ]
        await _keep_lines(session, report, lines)
    await session.flush()
    return report


async def _keep_lines(session: AsyncSession, report: ImportRow, lines: Sequence[_Line]) -> None:
    if not lines:
        return
    await session.execute(
        insert(ImportLineRow),
        [
            {
                "import_id": report.id,
                "number": line.entry.number,
                "outcome": line.outcome,
                "identifier": line.entry.identifier,
                "changes": line.changes,
                "refusals": line.entry.refusals or None,
            }
            for line in lines
        ],
    )
    for line in lines:
        setattr(report, line.outcome, getattr(report, line.outcome) + 1)


async def _chunk(
    session: AsyncSession,
    outbox: Outbox,
    entries: Sequence[Entry],
    region: str,
    dry_run: bool,
    named: Named,
) -> list[_Line]:
    known = await _known(session, entries)
    own = await identifiers_of(session, [row.id for row in known.values()])
    lines: list[_Line] = []
    new: list[OrganisationRow] = []
    new_identifiers: list[dict[str, Any]] = []
    events: list[said.OrganisationEvent] = []
    for entry in entries:
        if entry.refusals or entry.scheme is None or entry.identifier is None:
            lines.append(_Line(entry, "refused"))
            continue
        key = (str(entry.scheme), entry.identifier)
        if key in named.identifiers:
            lines.append(_Line(entry, "unchanged"))
            continue
        named.identifiers.add(key)
        named.areas.add(entry.details["nuts3"] or "")
        if key in known:
            row = known[key]
            before = state_of(row, own[row.id])
            after = _merged(before, entry)
            fields = changed_fields(before, after)
            if not fields:
                lines.append(_Line(entry, "unchanged"))
                continue
            lines.append(_Line(entry, "changed", _difference(before, after, fields)))
            if not dry_run:
                _apply(row, entry)
                row.version += 1
                events.append(_event(state_of(row, own[row.id]), before, fields))
            continue
        lines.append(_Line(entry, "created"))
        row = _new(entry, region)
        new.append(row)
        identifier = IdentifierRow(scheme=key[0], value=key[1], organisation_id=row.id)
        new_identifiers.append(identifier.model_dump())
        public = state_of(row, [identifier])
        events.append(said.OrganisationImported(organisation=public))
    if dry_run:
        return lines
    if new:
        await session.execute(insert(OrganisationRow), [row.model_dump() for row in new])
        await session.execute(insert(IdentifierRow), new_identifiers)
    await outbox.record(session, *events)
    return lines


async def _known(
    session: AsyncSession, entries: Sequence[Entry]
) -> dict[tuple[str, str], OrganisationRow]:
    """The organisations that have these identifiers, locked in the order of their ids."""
    keys = [(str(e.scheme), e.identifier) for e in entries if e.scheme and e.identifier]
    if not keys:
        return {}
    found = await session.execute(
        select(IdentifierRow.scheme, IdentifierRow.value, OrganisationRow)  # type: ignore[call-overload]
        .join(OrganisationRow, OrganisationRow.id == IdentifierRow.organisation_id)
        .where(tuple_(IdentifierRow.scheme, IdentifierRow.value).in_(keys))
        .order_by(OrganisationRow.id)
        .with_for_update(of=OrganisationRow)
    )
    return {(scheme, value): row for scheme, value, row in found}


def _new(entry: Entry, region: str) -> OrganisationRow:
    columns = {"partnership_capacity": None} | own_columns(entry.details)
    return OrganisationRow(
        id=UUID(str(uuid_utils.uuid7())),
        version=1,
        region=region,
        status=OrganisationStatus.IMPORTED,
        open=entry.open,
        **columns,
    )


def _imported_fields(entry: Entry, row: Any) -> dict[str, Any]:
    """What an import may change: what its file says. A capacity that the organisation stated
    itself, and other languages' names, stay."""
    columns = own_columns(entry.details) | {"open": entry.open}
    columns["names"] = {**row.names, **entry.details["names"]}
    if columns.get("partnership_capacity") is None:
        columns.pop("partnership_capacity", None)
    if columns.get("pupils") is None:
        # later exports of the French directory have no enrolment any more
        columns.pop("pupils", None)
    return columns


def _merged(before: said.Organisation, entry: Entry) -> said.Organisation:
    details = {key: value for key, value in entry.details.items() if key != "identifiers"}
    details |= {"open": entry.open, "names": {**before.names, **entry.details["names"]}}
    for name in ("partnership_capacity", "pupils"):
        if details.get(name) is None:
            details.pop(name, None)
    return said.Organisation.model_validate(before.model_dump() | details)


def _apply(row: OrganisationRow, entry: Entry) -> None:
    for name, value in _imported_fields(entry, row).items():
        setattr(row, name, value)
    row.search_name = searchable(row.names)


def _difference(
    before: said.Organisation, after: said.Organisation, fields: Sequence[str]
) -> dict[str, Any]:
    old, new = before.model_dump(mode="json"), after.model_dump(mode="json")
    return {name: {"before": old[name], "after": new[name]} for name in fields}


def _event(
    public: said.Organisation, before: said.Organisation, fields: Sequence[str]
) -> said.OrganisationEvent:
    if before.open and not public.open:
        return said.OrganisationClosed(organisation=public)
    return said.OrganisationUpdated(organisation=public, changed=tuple(fields))


async def one(session: AsyncSession, number: UUID) -> ImportRow:
    """Raises `NotFound`."""
    row = await session.get(ImportRow, number)
    if row is None:
        raise NotFound("import-unknown", "There is no such import.", field="id", value=str(number))
    return row
