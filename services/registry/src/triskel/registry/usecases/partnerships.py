"""Partnerships: propose, act on, expire, find."""

from collections.abc import Sequence
from dataclasses import asdict, fields
from datetime import date, datetime
from typing import Any
from uuid import UUID

import uuid_utils
from sqlalchemy import func, select
from sqlalchemy.exc import IntegrityError
from sqlalchemy.ext.asyncio import AsyncSession

from triskel.chassis.clock import Clock
from triskel.chassis.database import Database
from triskel.chassis.http import check_version
from triskel.chassis.outbox import Outbox
from triskel.contracts import registry as said
from triskel.contracts.codes import (
    OrganisationKind,
    OrganisationStatus,
    PartnershipReason,
    PartnershipState,
    Role,
)
from triskel.contracts.refusals import Conflict, Invalid, NotFound
from triskel.registry.domain import partnership as rules
from triskel.registry.domain.organisation import may_be_partner
from triskel.registry.tables import (
    OrganisationRow,
    PartnershipRow,
    PartnershipStepRow,
    PlannedActivityRow,
)
from triskel.registry.usecases.organisations import one as one_organisation

PLANNED = ("scheduled", "confirmed", "in-progress", "delivered", "evaluated", "closed")
EXPIRE_AT_ONCE = 500

_SAYS: dict[str, type[said.PartnershipEvent]] = {
    "accept": said.PartnershipAccepted,
    "decline": said.PartnershipDeclined,
    "withdraw": said.PartnershipWithdrawn,
    "draft-agreement": said.PartnershipAgreementDrafted,
    "sign": said.PartnershipPartiallySigned,
    "activate": said.PartnershipActivated,
    "suspend": said.PartnershipSuspended,
    "resume": said.PartnershipResumed,
    "end": said.PartnershipEnded,
    "terminate": said.PartnershipTerminated,
}


def decided(row: PartnershipRow) -> rules.Partnership:
    """The row as the domain sees it."""
    values = {field.name: getattr(row, field.name) for field in fields(rules.Partnership)}
    values["state"] = PartnershipState(row.state)
    values["proposed_by"] = Role(row.proposed_by)
    values["reason"] = PartnershipReason(row.reason) if row.reason else None
    return rules.Partnership(**values)


def state_of(partnership: rules.Partnership) -> said.Partnership:
    """The public state, as events carry it and the API shows it."""
    values = asdict(partnership)
    signatures = said.Signatures(
        head=values.pop("signed_head"),
        company=values.pop("signed_company"),
        coordinator=values.pop("signed_coordinator"),
    )
    return said.Partnership(signatures=signatures, **values)


def _save(row: PartnershipRow, partnership: rules.Partnership) -> None:
    for field in fields(partnership):
        setattr(row, field.name, getattr(partnership, field.name))


async def one(session: AsyncSession, number: UUID, *, lock: bool = False) -> PartnershipRow:
    """Raises `NotFound`."""
    row = await session.get(PartnershipRow, number, with_for_update=lock)
    if row is None:
        raise NotFound(
            "partnership-unknown", "There is no such partnership.", field="id", value=str(number)
        )
    return row


async def facts_of(
    session: AsyncSession, rows: Sequence[PartnershipRow]
) -> dict[UUID, rules.Facts]:
    """What decisions on these partnerships need, in one query."""
    carrying = PartnershipRow.__table__.alias("carrying")  # type: ignore[attr-defined]
    own = PartnershipRow.__table__.c  # type: ignore[attr-defined]
    planned = (
        select(func.count())
        .where(
            PlannedActivityRow.partnership_id == own.id,
            PlannedActivityRow.state.in_(PLANNED),  # type: ignore[attr-defined]
        )
        .scalar_subquery()
    )
    carried = (
        select(func.count())
        .where(
            carrying.c.company_id == own.company_id,
            carrying.c.school_year == own.school_year,
            carrying.c.state.in_(sorted(rules.CARRIED)),
        )
        .scalar_subquery()
    )
    following = PartnershipRow.__table__.alias("following")  # type: ignore[attr-defined]
    renewed = (
        select(following.c.id)
        .where(following.c.renewal_of == own.id, following.c.state.in_(sorted(rules.FOLLOWS)))
        .exists()
    )
    found = await session.execute(
        select(own.id, planned, OrganisationRow.partnership_capacity, carried, renewed)  # type: ignore[call-overload]
        .join(OrganisationRow, OrganisationRow.id == own.company_id)
        .where(own.id.in_([row.id for row in rows]))
    )
    return {
        number: rules.Facts(
            planned_activities=count, capacity=capacity, carried=carries, renewed=follows
        )
        for number, count, capacity, carries, follows in found
    }


async def propose(
    session: AsyncSession,
    outbox: Outbox,
    school_id: UUID,
    company_id: UUID,
    school_year: str,
    starts_on: date,
    ends_on: date,
    answer_days: int,
    goals: str | None,
    by: Role,
    now: datetime,
    renewal_of: UUID | None = None,
) -> rules.Partnership:
    """A school and a partner for one school year. Raises `Invalid` and `Conflict`."""
    rules.check_dates(school_year, starts_on, ends_on)
    school = await one_organisation(session, school_id)
    company = await one_organisation(session, company_id)
    if school.kind != OrganisationKind.SCHOOL:
        raise Invalid(
            "not-a-school", "A partnership has a school.", field="school_id", value=str(school_id)
        )
    if not may_be_partner(OrganisationKind(company.kind)):
        raise Invalid(
            "not-a-partner-organisation",
            "The partner of a school is not a school itself.",
            field="company_id",
            value=str(company_id),
        )
    for name, organisation in (("school_id", school), ("company_id", company)):
        if organisation.status != OrganisationStatus.APPROVED or not organisation.open:
            state = organisation.status if organisation.open else "closed"
            raise Conflict(
                "organisation-not-approved",
                f"Both organisations must be approved and open; this one is {state}.",
                field=name,
                value=str(organisation.id),
            )
    partnership = rules.Partnership(
        id=UUID(str(uuid_utils.uuid7())),
        region=school.region,
        version=1,
        school_id=school_id,
        company_id=company_id,
        school_year=school_year,
        state=PartnershipState.PROPOSED,
        proposed_by=by,
        proposed_at=now,
        answer_by=rules.answer_deadline(now, answer_days),
        starts_on=starts_on,
        ends_on=ends_on,
        goals=goals,
        renewal_of=renewal_of,
    )
    row = PartnershipRow(**asdict(partnership))
    try:
        async with session.begin_nested():
            session.add(row)
            await session.flush()
    except IntegrityError as error:
        if "partnerships_one_live" not in str(error):
            raise
        raise Conflict(
            "partnership-exists",
            f"These two have a partnership for {school_year} already.",
            field="company_id",
            value=str(company_id),
        ) from None
    _remember(session, partnership, "propose", by, now)
    event = said.PartnershipProposed(partnership=state_of(partnership), by=by)
    await outbox.record(session, event)
    return partnership


async def act(
    session: AsyncSession,
    outbox: Outbox,
    row: PartnershipRow,
    action: str,
    actor: rules.Actor,
    expected: int,
    now: datetime,
    reason: PartnershipReason | None = None,
) -> rules.Partnership:
    """One of the domain's actions on a locked row. Raises its refusal."""
    if action == "accept":
        # two acceptances at once must not both take the company's last place
        await one_organisation(session, row.company_id, lock=True)
    facts = (await facts_of(session, [row]))[row.id]
    following = rules.perform(action, decided(row), actor, facts, now, reason)
    check_version(expected, row.version)
    _save(row, following)
    _remember(session, following, action, actor.role, now)
    kind = _SAYS[action]
    if action == "sign" and following.state is PartnershipState.SIGNED:
        kind = said.PartnershipSigned
    await outbox.record(session, kind(partnership=state_of(following), by=actor.role))
    return following


async def amend(
    session: AsyncSession,
    outbox: Outbox,
    row: PartnershipRow,
    actor: rules.Actor,
    expected: int,
    now: datetime,
    terms: rules.Terms,
) -> rules.Partnership:
    """Other terms on a locked row. Raises the domain's refusal."""
    facts = (await facts_of(session, [row]))[row.id]
    following, changed = rules.amend(decided(row), actor, facts, now, terms)
    check_version(expected, row.version)
    _save(row, following)
    _remember(session, following, "amend", actor.role, now)
    event = said.PartnershipAmended(partnership=state_of(following), by=actor.role, changed=changed)
    await outbox.record(session, event)
    return following


def _remember(
    session: AsyncSession, partnership: rules.Partnership, action: str, by: Role, now: datetime
) -> None:
    session.add(
        PartnershipStepRow(
            partnership_id=partnership.id,
            version=partnership.version,
            action=action,
            state=partnership.state,
            by=by,
            at=now,
            reason=partnership.reason,
        )
    )


async def steps_of(session: AsyncSession, number: UUID) -> Sequence[PartnershipStepRow]:
    rows = await session.scalars(
        select(PartnershipStepRow)
        .where(PartnershipStepRow.partnership_id == number)  # type: ignore[arg-type]
        .order_by(PartnershipStepRow.version)  # type: ignore[arg-type]
    )
    return rows.all()


async def finish_past(database: Database, outbox: Outbox, clock: Clock) -> int:
    """Partnerships whose last day has passed; a bounded portion, as with the unanswered ones."""
    now = clock.now()
    running = sorted(rules.CARRIED)
    async with database.transaction() as session:
        rows = (
            await session.scalars(
                select(PartnershipRow)
                .where(
                    PartnershipRow.state.in_(running),  # type: ignore[attr-defined]
                    PartnershipRow.ends_on < now.date(),  # type: ignore[arg-type]
                )
                .order_by(PartnershipRow.ends_on)  # type: ignore[arg-type]
                .limit(EXPIRE_AT_ONCE)
                .with_for_update(skip_locked=True)
            )
        ).all()
        agreed = await session.scalars(
            select(PartnershipRow.renewal_of).where(  # type: ignore[call-overload]
                PartnershipRow.renewal_of.in_([row.id for row in rows]),  # type: ignore[union-attr]
                PartnershipRow.state.in_(running),  # type: ignore[attr-defined]
            )
        )
        followed = set(agreed)
        events: list[Any] = []
        for row in rows:
            finished = rules.finish(decided(row), row.id in followed, now)
            _save(row, finished)
            _remember(session, finished, "finish", Role.SYSTEM, now)
            kind = said.PartnershipRenewed if row.id in followed else said.PartnershipEnded
            events.append(kind(partnership=state_of(finished), by=Role.SYSTEM))
        await outbox.record(session, *events)
        return len(rows)


async def expire_unanswered(database: Database, outbox: Outbox, clock: Clock) -> int:
    """Proposals whose deadline passed; a bounded portion, and only rows nobody else works on."""
    now = clock.now()
    async with database.transaction() as session:
        rows = (
            await session.scalars(
                select(PartnershipRow)
                .where(
                    PartnershipRow.state == PartnershipState.PROPOSED,  # type: ignore[arg-type]
                    PartnershipRow.answer_by < now,  # type: ignore[arg-type]
                )
                .order_by(PartnershipRow.answer_by)  # type: ignore[arg-type]
                .limit(EXPIRE_AT_ONCE)
                .with_for_update(skip_locked=True)
            )
        ).all()
        events: list[Any] = []
        for row in rows:
            expired = rules.expire(decided(row), now)
            _save(row, expired)
            _remember(session, expired, "expire", Role.SYSTEM, now)
            events.append(said.PartnershipExpired(partnership=state_of(expired), by=Role.SYSTEM))
        await outbox.record(session, *events)
        return len(rows)
