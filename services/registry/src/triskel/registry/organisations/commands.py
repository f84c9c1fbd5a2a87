"""What is done with organisations: registered, changed, merged, and whatever else the table of
actions has."""

from collections.abc import Mapping
from typing import Any
from uuid import UUID

from sqlalchemy import or_, select, tuple_
from sqlalchemy.ext.asyncio import AsyncSession
from uuid_utils.compat import uuid7

from triskel.chassis.actions import Actor, Attempt
from triskel.chassis.auth import Caller
from triskel.chassis.commands import Aggregate, Context, Happened, Step
from triskel.chassis.jobs import DueRows
from triskel.chassis.parts import rows_of
from triskel.chassis.versions import Seen
from triskel.contracts import registry as contract
from triskel.contracts.codes import OrganisationKind, OrganisationStatus, Side
from triskel.registry.organisations.actions import ABSORB, ACTIONS, FOLLOW, MERGE, UPDATE
from triskel.registry.organisations.queries import facts_of
from triskel.registry.organisations.refusals.organisation import OrganisationUnknown
from triskel.registry.organisations.rules.identifiers import Number, taken
from triskel.registry.organisations.rules.organisation import (
    Facts,
    Organisation,
    OrganisationAttempt,
    registered,
)
from triskel.registry.organisations.tables import (
    ORGANISATION,
    IdentifierRow,
    OrganisationRow,
    OrganisationStepRow,
)


def _actor_of(caller: Caller, organisation: Organisation) -> Actor:
    sides = {Side.COORDINATOR} if caller.coordinates(organisation.region) else set()
    return Actor(caller.roles, frozenset(sides), organisation=caller.organisation)


def _step(organisation: Organisation, step: Step) -> OrganisationStepRow:
    return OrganisationStepRow(
        organisation_id=organisation.id,
        version=organisation.version,
        action=step.action,
        status=organisation.status,
        by=step.by,
        at=step.at,
        reason=step.note,
    )


ORGANISATIONS = Aggregate(
    name="organisation",
    shape=ORGANISATION,
    actions=ACTIONS,
    unknown=OrganisationUnknown,
    actor_of=_actor_of,
    facts_of=facts_of,
    step_of=_step,
)


def survivor_of(happened: Happened[Organisation]) -> UUID | None:
    """Into which organisation the step has merged this one; null where it did anything else."""
    merged = happened.changes[-1].event is contract.OrganisationMerged
    return happened.after.merged_into if merged else None


async def register(
    context: Context, region: str, kind: OrganisationKind, given: Mapping[str, Any]
) -> OrganisationAttempt:
    """A new organisation; `given` are its details by name. Raises what is wrong with them, and
    `IdentifierTaken`."""
    new = Organisation(
        id=uuid7(),
        region=region,
        version=1,
        kind=kind,
        names=given["names"],
        status=OrganisationStatus.APPLIED,
        updated_at=context.now,
    )
    actor = _actor_of(context.caller, new)
    change = registered(new, given, actor)
    await _refuse_taken(context.session, change.subject)
    await ORGANISATIONS.add(context, "register", change, actor)
    return Attempt(change.subject, actor, Facts(), context.now)


async def update(
    context: Context, organisation_id: UUID, seen: Seen | None, given: Mapping[str, Any]
) -> OrganisationAttempt:
    """Change details; `given` has new values by name. Raises the action's refusal and
    `IdentifierTaken`."""
    attempt = await ORGANISATIONS.act(context, organisation_id, seen, UPDATE, given)
    if "identifiers" in given or "sites" in given:
        await _refuse_taken(context.session, attempt.subject)
    return attempt


async def merge(
    context: Context, organisation_id: UUID, seen: Seen | None, into: UUID, reason: str | None
) -> OrganisationAttempt:
    """The duplicate's identifiers and sites are the survivor's from now on; both keep their
    histories, and who was merged into the duplicate before is told who stays. Raises the action's
    refusal."""
    own = OrganisationRow.__table__.c
    found = await rows_of(
        context.session,
        ORGANISATION,
        or_(own.id.in_({organisation_id, into}), own.merged_into == organisation_id),
        lock=True,
    )
    rows = {row.id: row for row in found}
    if organisation_id not in rows:
        raise OrganisationUnknown(value=str(organisation_id))
    duplicate = ORGANISATION.to_domain(rows[organisation_id])
    survivor = ORGANISATION.to_domain(rows[into]) if into in rows else None
    ORGANISATIONS.hold(context.session, rows.pop(organisation_id), organisation_id)
    attempt = await ORGANISATIONS.act(context, organisation_id, seen, MERGE, into, survivor, reason)
    stays = DueRows(context.session, context.outbox, [rows.pop(into)], context.now)
    await ORGANISATIONS.act_by_clock(
        stays,
        ABSORB,
        lambda _: {"duplicate": duplicate, "reason": reason},
        actor=attempt.actor,
        facts=Facts(),
    )
    before = DueRows(context.session, context.outbox, [*rows.values()], context.now)
    await ORGANISATIONS.act_by_clock(
        before, FOLLOW, lambda _: {"into": into}, actor=attempt.actor, facts=Facts()
    )
    return attempt


async def _refuse_taken(session: AsyncSession, organisation: Organisation) -> None:
    """Raises `IdentifierTaken` for one that another organisation has. Of two that come at once the
    slower request is begun again, and told so here."""
    numbers = [(each.scheme, each.value) for each in organisation.identifiers]
    if not numbers:
        return
    own = IdentifierRow.__table__.c
    found = await session.execute(
        select(own.scheme, own.value)
        .where(tuple_(own.scheme, own.value).in_(numbers), own.organisation_id != organisation.id)
        .limit(1)
    )
    if another := found.first():
        raise taken(Number(another.scheme, another.value))
