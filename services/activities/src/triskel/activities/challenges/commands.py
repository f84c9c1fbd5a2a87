"""Finals of challenges: opened with the winners of one, joined by the winners of others."""

from collections.abc import Callable
from datetime import datetime
from typing import Any
from uuid import UUID

import uuid_utils
from sqlalchemy.ext.asyncio import AsyncSession

from triskel.activities.activities import commands as usecases
from triskel.activities.activities.queries import facts_of
from triskel.activities.activities.rules.activity import Activity, Actor
from triskel.activities.challenges.rules.finals import advance, open_final, receive
from triskel.chassis.outbox import Outbox
from triskel.chassis.versions import Seen, check_version
from triskel.contracts.codes import Role
from triskel.contracts.format_codes import ChallengeStage
from triskel.contracts.refusals import NotFound


async def open_with_winners(
    session: AsyncSession,
    outbox: Outbox,
    number: UUID,
    actor_of: Callable[[Activity], Actor],
    expected: Seen | None,
    now: datetime,
    stage: ChallengeStage,
    details: dict[str, Any],
) -> Activity:
    """A final as a child of this challenge; its winners go there. Returns the final."""
    row = await usecases.one(session, number, lock=True)
    source = usecases.decided(row)
    facts = (await facts_of(session, [source]))[number]
    final_id = UUID(str(uuid_utils.uuid7()))
    after, going = advance("challenge-final", source, actor_of(source), facts, now, final_id, stage)
    if expected is not None:
        check_version(expected, source.version)
    details["host_id"] = details["host_id"] or source.host_id
    final = receive(open_final(source, final_id, now, stage, **details), source, going)
    await usecases.add(session, outbox, "challenge-open", final, Role.COORDINATOR, now)
    changes = [("challenge-final", Role.COORDINATOR, after)]
    await outbox.record(session, *await usecases.save(session, row, source, changes, now))
    return final


async def send_winners(
    session: AsyncSession,
    outbox: Outbox,
    number: UUID,
    actor_of: Callable[[Activity], Actor],
    expected: Seen | None,
    now: datetime,
    final_id: UUID,
) -> Activity:
    """The winners of this challenge join a final that is there already. Returns the challenge.

    A final is always of a later stage than what its teams come from, so two calls never lock the
    same two activities in opposite orders.
    """
    row = await usecases.one(session, number, lock=True)
    source = usecases.decided(row)
    facts = (await facts_of(session, [source]))[number]
    actor = actor_of(source)
    seen = await usecases.find(session, final_id)
    if seen is None or seen.stage is None:
        raise NotFound(
            "final-unknown", "There is no such final.", field="final_id", value=str(final_id)
        )
    after, going = advance("challenge-advance", source, actor, facts, now, final_id, seen.stage)
    if expected is not None:
        check_version(expected, source.version)
    final_row = await usecases.one(session, final_id, lock=True)
    final = usecases.decided(final_row)
    joined = receive(final, source, going)
    by = actor.role
    sent, received = [("challenge-advance", by, after)], [("challenge-receive", by, joined)]
    events = [
        *await usecases.save(session, row, source, sent, now),
        *await usecases.save(session, final_row, final, received, now),
    ]
    await outbox.record(session, *events)
    return after
