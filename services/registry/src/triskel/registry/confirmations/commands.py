"""A token comes back: from a person who agrees, or from the official mailbox of an organisation
that somebody claims."""

from datetime import datetime

from sqlalchemy.ext.asyncio import AsyncSession

from triskel.chassis.outbox import Outbox
from triskel.chassis.secrets import digest_of
from triskel.registry.claims.commands import verify_by_mailbox
from triskel.registry.confirmations.queries import Confirmation, find_confirmation
from triskel.registry.confirmations.refusals import TokenUnknown
from triskel.registry.contacts.commands import confirm_invited


async def confirm(session: AsyncSession, outbox: Outbox, token: str, now: datetime) -> Confirmation:
    """Yes. The link ends with its use. Raises `TokenUnknown` for a token that does not work, one
    that was used among them."""
    asked, digest = await find_confirmation(session, token, now), digest_of(token).hex()
    if asked.claim_id is None:
        done = await confirm_invited(session, outbox, asked.contact_id, digest, now)
    else:
        done = await verify_by_mailbox(session, outbox, asked.claim_id, digest, now)
    if not done:
        raise TokenUnknown
    return asked
