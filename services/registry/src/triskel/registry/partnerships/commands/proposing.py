"""Partnerships as an aggregate; and how one comes to be: proposed, or renewed."""

from collections.abc import Sequence
from dataclasses import dataclass, replace
from uuid import UUID

from sqlalchemy import func, select
from sqlalchemy.ext.asyncio import AsyncSession
from sqlmodel import col
from uuid_utils.compat import uuid7

from triskel.chassis.actions import Action, Actor, Attempt
from triskel.chassis.commands import Aggregate, Context, Happened, Step
from triskel.chassis.regions import settings_in
from triskel.chassis.versions import Seen
from triskel.contracts.codes import (
    OrganisationKind,
    OrganisationStatus,
    PartnershipState,
)
from triskel.contracts.registry import RegionSettings
from triskel.registry.organisations.refusals.organisation import OrganisationUnknown
from triskel.registry.organisations.rules.organisation import may_be_partner, unfit
from triskel.registry.organisations.tables import OrganisationRow
from triskel.registry.partnerships.actions import (
    ACCEPT,
    ACTIONS,
    RENEW,
)
from triskel.registry.partnerships.queries import actor_of, facts_of, is_sought
from triskel.registry.partnerships.refusals import (
    NotAPartnerOrganisation,
    NotASchool,
    PartnershipExists,
    PartnershipUnknown,
)
from triskel.registry.partnerships.rules import transitions
from triskel.registry.partnerships.rules.state import (
    CARRIED,
    LIVE,
    Facts,
    Partnership,
    Proposal,
    RenewalTerms,
)
from triskel.registry.partnerships.tables import (
    PARTNERSHIP,
    PartnershipRow,
    PartnershipStepRow,
)
from triskel.registry.regions.tables import RegionRow
from triskel.registry.responsiveness.commands import measure_again

_S = PartnershipState
ASKED_OR_ANSWERED = {_S.PROPOSED, _S.ACCEPTED, _S.DECLINED, _S.WITHDRAWN, _S.EXPIRED}
"""States whose begin tells how a host answers what schools ask of it."""


def _step(partnership: Partnership, step: Step) -> PartnershipStepRow:
    return PartnershipStepRow(
        partnership_id=partnership.id,
        version=partnership.version,
        action=step.action,
        state=partnership.state,
        by=step.by,
        side=step.side,
        at=step.at,
        reason=partnership.reason,
        note=step.note,
    )


async def _lock(
    session: AsyncSession, partnership_id: UUID, action: Action[Partnership, Facts, ...]
) -> PartnershipRow | None:
    """Accepted with its two organisations, in the order of their ids: two acceptances at once must
    not both take the company's last place, and neither side be suspended meanwhile."""
    if action is not ACCEPT:
        return await session.get(PartnershipRow, partnership_id, with_for_update=True)
    both = col(OrganisationRow.id).in_((PartnershipRow.school_id, PartnershipRow.company_id))
    found = await session.scalars(
        select(PartnershipRow)
        .join(OrganisationRow, both)
        .where(col(PartnershipRow.id) == partnership_id)
        .order_by(col(OrganisationRow.id))
        .with_for_update(of=[PartnershipRow, OrganisationRow])
    )
    return next(iter(found.all()), None)


@dataclass(frozen=True)
class Pair:
    """School and company, which are locked, and what the school's region decides. `live`: they are
    brought together already. The counts are from before the lock: of two proposals at once the
    slower breaks the rule of the table."""

    school: OrganisationRow
    company: OrganisationRow
    live: bool
    carried: int
    sought: bool
    settings: RegionSettings


async def lock_pair(
    session: AsyncSession, school_id: UUID, company_id: UUID, school_year: str
) -> Pair:
    """In the order of their ids. Raises `NotFound`."""
    of_year = col(PartnershipRow.school_year) == school_year
    of_company = select(col(PartnershipRow.id)).where(
        col(PartnershipRow.company_id) == company_id, of_year
    )
    together = of_company.where(
        col(PartnershipRow.school_id) == school_id, col(PartnershipRow.state).in_(sorted(LIVE))
    )
    carrying = of_company.where(col(PartnershipRow.state).in_(sorted(CARRIED))).subquery()
    found = await session.execute(
        select(
            OrganisationRow,
            together.exists(),
            select(func.count()).select_from(carrying).scalar_subquery(),
            is_sought((school_id, company_id), school_year),
            RegionRow,
        )
        .outerjoin(RegionRow, col(RegionRow.region) == col(OrganisationRow.region))
        .where(col(OrganisationRow.id).in_({school_id, company_id}))
        .order_by(col(OrganisationRow.id))
        .with_for_update(of=OrganisationRow)
    )
    known = {row.id: (row, *more) for row, *more in found}
    for organisation_id in (school_id, company_id):
        if organisation_id not in known:
            raise OrganisationUnknown(value=str(organisation_id))
    school, *_, region = known[school_id]
    company, live, carried, sought, _ = known[company_id]
    return Pair(school, company, live, carried, sought, settings_in(school.region, region))


def _facts_after(facts: Facts, before: Partnership, after: Partnership) -> Facts:
    """An accepted one counts against the company's capacity, one that ends does not any more."""
    change = (after.state in CARRIED) - (before.state in CARRIED)
    return replace(facts, carried=facts.carried + change)


PARTNERSHIPS = Aggregate(
    name="partnership",
    shape=PARTNERSHIP,
    actions=ACTIONS,
    unknown=PartnershipUnknown,
    actor_of=actor_of,
    facts_of=facts_of,
    step_of=_step,
    lock=_lock,
    facts_after=_facts_after,
)


@PARTNERSHIPS.reaction
async def _measure_hosts(happened: Sequence[Happened[Partnership]]) -> None:
    """Hosts that were asked or have answered are measured again."""
    hosts = {each.after.company_id for each in happened if each.after.state in ASKED_OR_ANSWERED}
    measure_again(happened[0].session, hosts, happened[0].now)


async def propose(
    context: Context, pair: Pair, proposal: Proposal, actor: Actor
) -> Attempt[Partnership, Facts]:
    """A school and a partner for one school year. Raises `Invalid` and `Conflict`."""
    transitions.check_dates(proposal.school_year, proposal.starts_on, proposal.ends_on)
    school, company = pair.school, pair.company
    if school.kind != OrganisationKind.SCHOOL:
        raise NotASchool(value=str(school.id))
    if not may_be_partner(OrganisationKind(company.kind)):
        raise NotAPartnerOrganisation(kind=company.kind, value=str(company.id))
    for name, organisation in (("school_id", school), ("company_id", company)):
        status = OrganisationStatus(organisation.status)
        if refused := unfit(name, organisation.id, status, organisation.open):
            raise refused
    if pair.live:
        raise PartnershipExists(school_year=proposal.school_year, value=str(company.id))
    partnership_id = uuid7()
    change = transitions.proposed(
        proposal, partnership_id, school.region, pair.settings, actor.role, context.now
    )
    await PARTNERSHIPS.add(context, "propose", change, actor)
    facts = Facts(
        capacity=company.partnership_capacity,
        carried=pair.carried,
        sought=pair.sought,
        settings=pair.settings,
    )
    mine = actor_of(context.caller, change.subject)
    return Attempt(change.subject, mine, facts, context.now)


async def renew(
    context: Context, partnership_id: UUID, seen: Seen | None, terms: RenewalTerms
) -> Attempt[Partnership, Facts]:
    """Propose the next school year's. Raises the refusal of the action and those of `propose`."""
    attempt = await PARTNERSHIPS.act(context, partnership_id, seen, RENEW)
    known = attempt.subject
    following = Proposal(
        school_id=known.school_id,
        company_id=known.company_id,
        school_year=transitions.next_year(known),
        starts_on=terms.starts_on,
        ends_on=terms.ends_on,
        answer_days=terms.answer_days,
        goals=known.goals if terms.goals is None else terms.goals,
        renewal_of=known.id,
    )
    pair = await lock_pair(
        context.session, known.school_id, known.company_id, following.school_year
    )
    return await propose(context, pair, following, attempt.actor)
