"""Letters become mails that wait: one for each person and reason, whatever is redelivered."""

from collections.abc import Sequence
from dataclasses import asdict

from pydantic_core import to_json
from sqlalchemy import text
from sqlalchemy.ext.asyncio import AsyncSession

from triskel.contracts import Envelope
from triskel.notifications.messages.rules.letters import Letter

# who was erased meanwhile gets none, though an old copy of the record comes after the tombstone
_POST = text(
    """
    insert into messages (region, contact_id, organisation_id, kind, subject_id, reason,
        occurrence, channel, language, state, facts, at, correlation_id, causation_id, traceparent)
    select region, contact, organisation, 'contact', contact, reason, occurrence, 'email',
        language, 'waiting', facts, time, correlationid, id, traceparent
    from jsonb_to_recordset(cast(:letters as jsonb)) as l (region text, contact uuid,
        organisation uuid, reason text, occurrence integer, language text, facts jsonb,
        time timestamptz, correlationid text, id text, traceparent text)
    where not exists (select from erased_contacts as e where e.id = l.contact)
    on conflict (contact_id, subject_id, reason, occurrence, channel) do nothing
    """
)


async def post(session: AsyncSession, letters: Sequence[tuple[Letter, Envelope]]) -> None:
    """Make the mails that there are not yet; they leave with the others."""
    rows = [asdict(envelope) | asdict(letter) for letter, envelope in letters]
    if rows:
        await session.execute(_POST, {"letters": to_json(rows).decode()})
