"""The next part of a dossier: drafted from the part before, in one transaction."""

from uuid import UUID

from uuid_utils.compat import uuid7

from triskel.activities.activities.commands import ACTIVITIES, act_naming
from triskel.activities.activities.rules.activity import ActivityAttempt
from triskel.activities.meetings.actions import OPEN_NEXT_PART
from triskel.activities.meetings.rules.dossiers import NewPart, opened
from triskel.chassis.commands import Context
from triskel.chassis.versions import Seen


async def open_next_part(
    context: Context, activity_id: UUID, seen: Seen | None, wanted: NewPart
) -> ActivityAttempt:
    """Returns the next part. Who opens one has locked the part before, so it has one alone."""
    named = {"host_id": [wanted.host_id] if wanted.host_id else []}
    source = await act_naming(context, activity_id, seen, named, OPEN_NEXT_PART, uuid7())
    change = opened(source.subject, wanted, source.actor, context.now)
    part = await ACTIVITIES.add(context, "meeting-part-open", change, source.actor)
    return await ACTIVITIES.attempt(context, part)
