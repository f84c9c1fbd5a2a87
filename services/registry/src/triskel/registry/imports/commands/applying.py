"""A chunk of a directory's rows: set-based, and the same rows again change nothing."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from enum import Enum
from types import SimpleNamespace
from typing import Any

from sqlalchemy import exists, or_, select, tuple_
from sqlalchemy.ext.asyncio import AsyncSession
from sqlalchemy.orm import aliased, selectinload
from sqlmodel import col
from uuid_utils.compat import uuid7

from triskel.chassis.database import insert_rows
from triskel.chassis.outbox import Outbox
from triskel.contracts import registry as said
from triskel.contracts.codes import OrganisationKind, OrganisationStatus, Role
from triskel.registry.gateways.entries import Entry
from triskel.registry.organisations.rules.identifiers import OF_EDUCATION
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


async def apply(
    session: AsyncSession,
    outbox: Outbox,
    entries: Sequence[Entry],
    region: str,
    dry_run: bool,
    seen: set[tuple[str, str]],
    now: datetime,
) -> list[Line]:
    """Create what is new and change what differs, by identifier; one event for each.

    A row that breaks a rule is refused with field, value and rule, and changes nothing; the others
    go on. An identifier that stands on several lines counts once: the first line wins, the others
    are reported as unchanged; so is a further identifier of a known organisation, of a site say.
    `seen` holds those of earlier chunks, and of this one afterwards.
    """
    known = await _known(session, entries)
    lines: list[Line] = []
    new: list[dict[str, Any]] = []
    new_identifiers: list[dict[str, Any]] = []
    events: list[said.OrganisationEvent] = []
    steps: list[dict[str, Any]] = []
    for entry in entries:
        if entry.refusals or entry.scheme is None or entry.identifier is None:
            lines.append(Line(entry, "refused"))
            continue
        key = (str(entry.scheme), entry.identifier)
        if entry.details["kind"] not in OF_EDUCATION.get(entry.scheme, OrganisationKind):
            entry.refuse(
                "kind",
                str(entry.details["kind"]),
                "identifier-of-other-kind",
                f"A {entry.scheme.upper()} numbers no {entry.details['kind']}.",
            )
            lines.append(Line(entry, "refused"))
            continue
        if key in seen:
            lines.append(Line(entry, "unchanged"))
            continue
        seen.add(key)
        if key in known:
            row, place = known[key]
            if place is Place.BESIDE:
                lines.append(Line(entry, "unchanged"))
                continue
            if _refused(entry, row, place, region):
                lines.append(Line(entry, "refused"))
                continue
            if entry.mailbox is not None and not dry_run:
                # no part of the public state, so no event and no new version
                row.mailbox = entry.mailbox
            before = state_of(row)
            _leave_unread(entry, before)
            after = _merged(before, entry)
            fields = changed_fields(before, after)
            if not fields:
                lines.append(Line(entry, "unchanged"))
                continue
            lines.append(Line(entry, "changed", _difference(before, after, fields)))
            if not dry_run:
                _apply(row, entry)
                row.version += 1
                row.updated_at = now
                event = _event(state_of(row), before, fields)
                events.append(event)
                action = "close" if isinstance(event, said.OrganisationClosed) else "update"
                steps.append(step_columns(row, action, Role.SYSTEM, now))
            continue
        lines.append(Line(entry, "created"))
        columns = _new(entry, region, now)
        new.append(columns)
        owned = {"scheme": key[0], "value": key[1], "organisation_id": columns["id"]}
        identifier = SimpleNamespace(**owned, site_id=None, main=True)
        new_identifiers.append(vars(identifier))
        created = SimpleNamespace(**columns, identifiers=[identifier])
        steps.append(step_columns(created, "import", Role.SYSTEM, now))
        events.append(said.OrganisationImported(organisation=state_of(created)))
    if dry_run:
        return lines
    await insert_rows(session, "organisations", new)
    await insert_rows(session, "identifiers", new_identifiers)
    await insert_rows(session, "organisation_steps", steps)
    await outbox.record(session, *events)
    return lines


def state_of(row: Any) -> said.Organisation:
    """The public state of what has an organisation's columns and identifiers."""
    public: said.Organisation = ORGANISATION.to_public(ORGANISATION.to_domain(row))
    return public


def own_columns(details: Mapping[str, Any]) -> dict[str, Any]:
    """Columns of what a row says: a position unfolds, and what is searched is folded."""
    columns = {name: value for name, value in details.items() if name != "identifiers"}
    if "position" in columns:
        position = columns.pop("position") or {}
        columns |= {name: position.get(name) for name in ("latitude", "longitude")}
    return columns | searched(columns)


def step_columns(row: Any, action: str, by: Role, now: datetime) -> dict[str, Any]:
    """A step of history as its columns; `row` has an organisation's."""
    return {
        "organisation_id": row.id,
        "version": row.version,
        "action": action,
        "status": row.status,
        "by": by,
        "at": now,
        "reason": None,
    }


def changed_fields(before: said.Organisation, after: said.Organisation) -> list[str]:
    return [
        name
        for name in said.Organisation.model_fields
        if name != "version" and getattr(before, name) != getattr(after, name)
    ]


class Place(Enum):
    """What a known identifier is to its organisation."""

    FOLLOWED = "set by an import or the coordinator: imports follow it"
    BESIDE = "of a site, or beside the one of its scheme that imports follow"
    SAID = "the organisation gave it to itself"


async def _known(
    session: AsyncSession, entries: Sequence[Entry]
) -> dict[tuple[str, str], tuple[OrganisationRow, Place]]:
    """The organisations that have these identifiers, locked in the order of their ids."""
    keys = [(str(e.scheme), e.identifier) for e in entries if e.scheme and e.identifier]
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
            Place.FOLLOWED if key.main else Place.BESIDE if beside else Place.SAID,
        )
        for key, row, beside in found
    }


def _refused(entry: Entry, row: OrganisationRow, place: Place, region: str) -> bool:
    """Whether a row is of somebody else than who has its identifier here: the coordinator is told,
    and decides who that is."""
    if place is Place.SAID:
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


def _new(entry: Entry, region: str, now: datetime) -> dict[str, Any]:
    """The columns of an organisation that nobody knew. As an object of the mapper it would cost
    five times as much."""
    return {
        "id": uuid7(),
        "version": 1,
        "region": region,
        "status": OrganisationStatus.IMPORTED,
        "open": entry.open,
        "updated_at": now,
        "mailbox": entry.mailbox,
        "partnership_capacity": None,
        "sites": [],
        "merged_into": None,
        "status_reason": None,
        "answer_rank": 0,
        **own_columns(entry.details),
    }


def _leave_unread(entry: Entry, before: said.Organisation) -> None:
    """What the file says but nobody can read stays as it is known."""
    known = before.model_dump(include=entry.unread) if entry.unread else {}
    entry.open = known.pop("open", entry.open)
    entry.details |= known


def _imported_fields(entry: Entry, row: Any) -> dict[str, Any]:
    """What an import may change: what its file says. A capacity that the organisation stated
    itself, and other languages' names, stay."""
    names = {**row.names, **entry.details["names"]}
    columns = own_columns({**entry.details, "names": names}) | {"open": entry.open}
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
