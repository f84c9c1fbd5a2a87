"""Waiting lists: open an entry, change it, withdraw it; partners are found, and years end."""

from collections.abc import Sequence
from dataclasses import fields
from datetime import datetime
from typing import Any
from uuid import UUID

import uuid_utils
from pydantic import TypeAdapter
from sqlalchemy import select
from sqlalchemy.exc import IntegrityError
from sqlalchemy.ext.asyncio import AsyncSession

from triskel.chassis.clock import Clock
from triskel.chassis.commands import Happened
from triskel.chassis.database import Database
from triskel.chassis.outbox import Outbox
from triskel.chassis.versions import Seen, check_version
from triskel.contracts import registry as said
from triskel.contracts.codes import (
    OrganisationKind,
    OrganisationStatus,
    PartnershipState,
    Role,
    WaitingState,
)
from triskel.contracts.refusals import Conflict, NotFound
from triskel.registry.organisations.rules.organisation import unfit
from triskel.registry.organisations.tables import OrganisationRow
from triskel.registry.partnerships.commands import PARTNERSHIPS
from triskel.registry.partnerships.rules.state import Partnership
from triskel.registry.waiting_entries import rules as rules
from triskel.registry.waiting_entries.tables import WaitingEntryRow

AT_ONCE = 500
_ENTRY = TypeAdapter(rules.Entry)


def decided(row: WaitingEntryRow) -> rules.Entry:
    """The row as the domain sees it."""
    return _ENTRY.validate_python(row.model_dump())


def state_of(row: WaitingEntryRow) -> said.WaitingEntry:
    """The public state, as events carry it and the API shows it."""
    return said.WaitingEntry.model_validate(row.model_dump())


def _columns(entry: rules.Entry) -> dict[str, Any]:
    wishes: dict[str, Any] = _ENTRY.dump_python(entry, mode="json", include={"wishes"})
    return {field.name: getattr(entry, field.name) for field in fields(entry)} | wishes


def _save(row: WaitingEntryRow, entry: rules.Entry) -> None:
    for name, value in _columns(entry).items():
        setattr(row, name, value)


async def one(session: AsyncSession, number: UUID, *, lock: bool = False) -> WaitingEntryRow:
    """Raises `NotFound`."""
    row = await session.get(WaitingEntryRow, number, with_for_update=lock)
    if row is None:
        raise NotFound(
            "waiting-entry-unknown", "There is no such entry.", field="id", value=str(number)
        )
    return row


async def open_entry(
    session: AsyncSession,
    outbox: Outbox,
    organisation: OrganisationRow,
    school_year: str,
    wishes: rules.Wishes,
    by: Role,
    now: datetime,
) -> WaitingEntryRow:
    """An organisation, which is locked, waits from now on. Raises `Conflict` and `Invalid`."""
    rules.check_year(school_year, now)
    number = organisation.id
    status = OrganisationStatus(organisation.status)
    if refused := unfit("organisation_id", number, status, organisation.open):
        raise refused
    entry = rules.Entry(
        id=UUID(str(uuid_utils.uuid7())),
        region=organisation.region,
        version=1,
        organisation_id=number,
        side=rules.side_of(OrganisationKind(organisation.kind)),
        school_year=school_year,
        state=WaitingState.OPEN,
        wishes=wishes,
        since=now,
        remaining=wishes.partners,
    )
    row = WaitingEntryRow(**_columns(entry))
    try:
        async with session.begin_nested():
            session.add(row)
            await session.flush()
    except IntegrityError as error:
        if "waiting_entries_one_open" not in str(error):
            raise
        raise Conflict(
            "already-waiting",
            f"This organisation waits for {school_year} already: change that entry.",
            field="organisation_id",
            value=str(number),
        ) from None
    await outbox.record(session, said.WaitingEntryOpened(entry=state_of(row), by=by))
    return row


async def change(
    session: AsyncSession,
    outbox: Outbox,
    row: WaitingEntryRow,
    actor: rules.Actor,
    expected: Seen,
    wishes: rules.Wishes,
    by: Role,
) -> None:
    """Other wishes on a locked row. Raises the domain's refusal."""
    following = rules.change(decided(row), actor, wishes)
    check_version(expected, row.version)
    _save(row, following)
    await outbox.record(session, said.WaitingEntryChanged(entry=state_of(row), by=by))


async def withdraw(
    session: AsyncSession,
    outbox: Outbox,
    row: WaitingEntryRow,
    actor: rules.Actor,
    expected: Seen,
    by: Role,
    now: datetime,
) -> None:
    """A locked row waits no longer. Raises the domain's refusal."""
    following = rules.withdraw(decided(row), actor, now)
    check_version(expected, row.version)
    _save(row, following)
    await outbox.record(session, said.WaitingEntryWithdrawn(entry=state_of(row), by=by))


async def withdraw_all(
    session: AsyncSession, outbox: Outbox, organisation: UUID, by: Role, now: datetime
) -> None:
    """An organisation that is merged waits for nobody any more."""
    rows = await session.scalars(
        select(WaitingEntryRow)
        .where(
            WaitingEntryRow.organisation_id == organisation,  # type: ignore[arg-type]
            WaitingEntryRow.state == WaitingState.OPEN,  # type: ignore[arg-type]
        )
        .order_by(WaitingEntryRow.id)  # type: ignore[arg-type]
        .with_for_update()
    )
    coordinator = rules.Actor(own=False, coordinator=True)
    for row in rows.all():
        await withdraw(session, outbox, row, coordinator, Seen.version(row.version), by, now)


@PARTNERSHIPS.reaction
async def count_down(happened: Sequence[Happened[Partnership]]) -> None:
    """In the transaction that accepts a partnership: the entries of its two count down, and close
    with the last partner wanted."""
    for each in happened:
        accepted = each.after.state is PartnershipState.ACCEPTED and each.before is not None
        # asked under the lock of both: nobody begins to wait meanwhile
        if accepted and each.facts.sought:
            both = (each.after.school_id, each.after.company_id)
            await _partner_found(each.session, each.outbox, both, each.after.school_year, each.now)


async def _partner_found(
    session: AsyncSession,
    outbox: Outbox,
    organisations: Sequence[UUID],
    school_year: str,
    now: datetime,
) -> None:
    # what changed of the partnership is written with the rest, at the end
    with session.no_autoflush:
        rows = await session.scalars(
            select(WaitingEntryRow)
            .where(
                WaitingEntryRow.organisation_id.in_(organisations),  # type: ignore[attr-defined]
                WaitingEntryRow.school_year == school_year,  # type: ignore[arg-type]
                WaitingEntryRow.state == WaitingState.OPEN,  # type: ignore[arg-type]
            )
            .order_by(WaitingEntryRow.id)  # type: ignore[arg-type]
            .with_for_update()
        )
    events: list[said.WaitingEntryEvent] = []
    for row in rows:
        _save(row, rules.found_partner(decided(row), now))
        kind = said.WaitingEntryPartnerFound if row.remaining else said.WaitingEntryMatched
        events.append(kind(entry=state_of(row), by=Role.SYSTEM))
    await outbox.record(session, *events)


async def expire_past(database: Database, outbox: Outbox, clock: Clock) -> int:
    """Entries whose school year is over; a bounded portion, and only rows nobody else works on."""
    now = clock.now()
    async with database.transaction() as session:
        rows = (
            await session.scalars(
                select(WaitingEntryRow)
                .where(
                    WaitingEntryRow.state == WaitingState.OPEN,  # type: ignore[arg-type]
                    WaitingEntryRow.school_year < rules.year_of(now),  # type: ignore[arg-type]
                )
                .order_by(WaitingEntryRow.school_year)
                .limit(AT_ONCE)
                .with_for_update(skip_locked=True)
            )
        ).all()
        events: list[said.WaitingEntryEvent] = []
        for row in rows:
            _save(row, rules.expire(decided(row), now))
            events.append(said.WaitingEntryExpired(entry=state_of(row), by=Role.SYSTEM))
        await outbox.record(session, *events)
        return len(rows)
