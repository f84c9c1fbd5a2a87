"""What people do with a partnership: answer, sign, run, amend, end."""

from datetime import datetime

from sqlalchemy.ext.asyncio import AsyncSession

from triskel.chassis.http import Seen, check_version
from triskel.chassis.outbox import Outbox
from triskel.contracts import registry as said
from triskel.contracts.codes import PartnershipReason, PartnershipState
from triskel.registry.partnerships import rules as rules
from triskel.registry.partnerships.commands.rows import (
    both_locked,
    decided,
    facts_of,
    remember,
    save,
    state_of,
)
from triskel.registry.partnerships.tables import PartnershipRow
from triskel.registry.responsiveness.jobs import measure_again
from triskel.registry.waiting_entries.commands import partner_found

ANSWERED = (PartnershipState.ACCEPTED, PartnershipState.DECLINED, PartnershipState.WITHDRAWN)
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


async def act(
    session: AsyncSession,
    outbox: Outbox,
    row: PartnershipRow,
    action: str,
    actor: rules.Actor,
    expected: Seen,
    now: datetime,
    reason: PartnershipReason | None = None,
    note: str | None = None,
) -> rules.Partnership:
    """One of the domain's actions on a locked row. Raises its refusal."""
    if action == "accept":
        # two acceptances at once must not both take the company's last place, and neither side be
        # suspended meanwhile
        await both_locked(session, row.school_id, row.company_id)
    facts = (await facts_of(session, [row]))[row.id]
    following = rules.perform(action, decided(row), actor, facts, now, reason)
    check_version(expected, row.version)
    save(row, following)
    remember(session, following, action, actor.role, now, side=actor.side, note=note)
    kind = _SAYS[action]
    if action == "sign" and following.state is PartnershipState.SIGNED:
        kind = said.PartnershipSigned
    await outbox.record(session, kind(partnership=state_of(following), by=actor.role))
    if action == "accept":
        both = (following.school_id, following.company_id)
        await partner_found(session, outbox, both, following.school_year, now)
    if row.state in ANSWERED:
        await measure_again(session, [row.company_id], now)
    return following


async def amend(
    session: AsyncSession,
    outbox: Outbox,
    row: PartnershipRow,
    actor: rules.Actor,
    expected: Seen,
    now: datetime,
    terms: rules.Terms,
) -> rules.Partnership:
    """Other terms on a locked row. Raises the domain's refusal."""
    facts = (await facts_of(session, [row]))[row.id]
    following, changed = rules.amend(decided(row), actor, facts, now, terms)
    check_version(expected, row.version)
    save(row, following)
    remember(session, following, "amend", actor.role, now, side=actor.side)
    event = said.PartnershipAmended(partnership=state_of(following), by=actor.role, changed=changed)
    await outbox.record(session, event)
    return following
