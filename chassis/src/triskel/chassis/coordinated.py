"""For aggregates in which nobody but the coordinator of their region has a side, and for those that
are decided on as they are: what `commands.Aggregate` asks of each."""

from collections.abc import Sequence
from typing import Any
from uuid import UUID

from sqlalchemy.ext.asyncio import AsyncSession

from triskel.chassis.actions import Actor
from triskel.chassis.auth import Caller
from triskel.contracts.codes import Side


def coordinator_actor(caller: Caller, subject: Any) -> Actor:
    """Its `actor_of`."""
    coordinates = caller.coordinates(subject.region)
    return Actor(caller.roles, frozenset({Side.COORDINATOR} if coordinates else ()))


async def no_facts(_: AsyncSession, subjects: Sequence[Any]) -> dict[UUID, Any]:
    """Its `facts_of`."""
    return dict.fromkeys(subject.id for subject in subjects)
