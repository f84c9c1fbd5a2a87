"""The coordinator, or the organisation itself, decides on its status."""

from datetime import datetime
from uuid import UUID

from sqlalchemy.ext.asyncio import AsyncSession

from triskel.chassis.outbox import Outbox
from triskel.chassis.versions import Seen, check_version
from triskel.contracts import registry as said
from triskel.contracts.refusals import ReasonMissing
from triskel.registry.organisations.commands.rows import one, remember, state
from triskel.registry.organisations.rules import organisation as rules
from triskel.registry.waiting_entries.commands import withdraw_all


async def decide(
    session: AsyncSession,
    outbox: Outbox,
    number: UUID,
    action: str,
    actor: rules.Actor,
    expected: Seen,
    reason: str | None,
    now: datetime,
) -> said.Organisation:
    """Approve, reject, claim, suspend, reinstate or withdraw. Raises the domain's refusal."""
    row = await one(session, number, lock=True)
    if forbidden := rules.who_refusal(action, actor):
        raise forbidden
    check_version(expected, row.version)
    if refused := rules.rule_refusal(action, row.status, rules.NOTHING_KNOWN):
        raise refused
    if action in ("reject", "suspend") and not reason:
        raise ReasonMissing(action=action)
    row.status = rules.ACTIONS[action][1]
    row.status_reason = reason
    row.version += 1
    remember(session, row, action, actor.role, now, reason)
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
    if action == "withdraw":
        await withdraw_all(session, outbox, number, actor.role, now)
    return public
