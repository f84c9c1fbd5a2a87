"""Finals of challenges: opened with the winners of one, joined by the winners of others."""

from uuid import UUID

from uuid_utils.compat import uuid7

from triskel.activities.activities.commands import ACTIVITIES, act_naming, look
from triskel.activities.activities.rules.activity import ActivityAttempt
from triskel.activities.challenges.actions import OPEN_FINAL, RECEIVE_TEAMS, SEND_WINNERS
from triskel.activities.challenges.rules.finals import NewFinal, gone_to, opened
from triskel.chassis.commands import Context
from triskel.chassis.versions import Seen


async def open_with_winners(
    context: Context, activity_id: UUID, seen: Seen | None, wanted: NewFinal
) -> ActivityAttempt:
    """A final as a child of this challenge; its winners go there. Returns the final."""
    final_id = uuid7()
    named = {"host_id": [wanted.host_id] if wanted.host_id else []}
    source = await act_naming(context, activity_id, seen, named, OPEN_FINAL, final_id, wanted.stage)
    change = opened(source, final_id, wanted)
    final = await ACTIVITIES.add(context, "challenge-open", change, source.actor)
    return await ACTIVITIES.attempt(context, final)


async def send_winners(
    context: Context, activity_id: UUID, seen: Seen | None, final_id: UUID
) -> ActivityAttempt:
    """The winners of this challenge join a final that is there already. Returns the challenge.

    A final is always of a later stage than what its teams come from, so two calls never lock the
    same two activities in opposite orders.
    """
    final = await look(context.session, final_id)
    source = await ACTIVITIES.act(context, activity_id, seen, SEND_WINNERS, final)
    going = gone_to(source.subject, final_id)
    await ACTIVITIES.act(context, final_id, None, RECEIVE_TEAMS, source.subject.id, going)
    return source
