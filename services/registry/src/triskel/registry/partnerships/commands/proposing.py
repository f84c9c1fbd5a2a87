"""A school and a partner are brought together for one school year."""

from collections.abc import Sequence
from datetime import date, datetime
from uuid import UUID

import uuid_utils
from sqlalchemy.exc import IntegrityError
from sqlalchemy.ext.asyncio import AsyncSession

from triskel.chassis.outbox import Outbox
from triskel.contracts import registry as said
from triskel.contracts.codes import (
    OrganisationKind,
    OrganisationStatus,
    PartnershipState,
    Role,
)
from triskel.contracts.refusals import Conflict, Invalid
from triskel.registry.organisations.rules.organisation import may_be_partner, unfit
from triskel.registry.partnerships import rules as rules
from triskel.registry.partnerships.commands.rows import both_locked, columns_of, remember, state_of
from triskel.registry.partnerships.tables import PartnershipRow
from triskel.registry.responsiveness.jobs import measure_again


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
    school, company = await both_locked(session, school_id, company_id)
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
        status = OrganisationStatus(organisation.status)
        if refused := unfit(name, organisation.id, status, organisation.open):
            raise refused
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
        answer_by=rules.answer_deadline(now, answer_days, school.region),
        starts_on=starts_on,
        ends_on=ends_on,
        goals=goals,
        renewal_of=renewal_of,
    )
    await introduce(session, outbox, [partnership], by, now)
    return partnership


async def introduce(
    session: AsyncSession,
    outbox: Outbox,
    proposed: Sequence[rules.Partnership],
    by: Role,
    now: datetime,
) -> None:
    """New partnerships of organisations that are locked and fit: all of them, or none. Raises
    `Conflict` when two of them are brought together already."""
    try:
        async with session.begin_nested():
            session.add_all(PartnershipRow(**columns_of(each)) for each in proposed)
            await session.flush()
    except IntegrityError as error:
        if "partnerships_one_live" not in str(error):
            raise
        only = proposed[0] if len(proposed) == 1 else None
        raise Conflict(
            "partnership-exists",
            f"These two have a partnership for {proposed[0].school_year} already.",
            field="company_id",
            value=str(only.company_id) if only else None,
        ) from None
    for each in proposed:
        remember(session, each, "propose", by, now, side=rules.proposing_side(each))
    events = (said.PartnershipProposed(partnership=state_of(each), by=by) for each in proposed)
    await outbox.record(session, *events)
    await measure_again(session, {each.company_id for each in proposed}, now)
