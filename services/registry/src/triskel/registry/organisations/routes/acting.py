"""Who calls, as an organisation sees it, and the answer that this caller gets."""

from collections.abc import Mapping, Sequence
from typing import Annotated
from uuid import UUID

from sqlalchemy.ext.asyncio import AsyncSession

from triskel.chassis.auth import Caller, allow
from triskel.contracts.codes import Role
from triskel.registry.organisations import commands as usecases
from triskel.registry.organisations.commands import merging
from triskel.registry.organisations.rules import organisation as rules
from triskel.registry.organisations.schemas import Answer
from triskel.registry.organisations.tables import OrganisationRow

Anybody = Annotated[Caller, allow()]
Member = Annotated[Caller, allow(Role.COORDINATOR, Role.HEAD, Role.TEACHER, Role.COMPANY)]
Coordinator = Annotated[Caller, allow(Role.COORDINATOR)]


def actor_of(caller: Caller, region: str, number: UUID | None) -> rules.Actor:
    """`number` is null for an organisation that is being registered."""
    return rules.Actor(
        own=number is not None and caller.organisation == number,
        coordinator=caller.coordinates(region),
        roles=caller.roles,
    )


async def answers(
    caller: Caller,
    session: AsyncSession,
    rows: Sequence[OrganisationRow],
    distances: Mapping[UUID, float | None] | None = None,
) -> list[Answer]:
    """In the order of the rows."""
    identifiers = await usecases.identifiers_of(session, [row.id for row in rows])
    facts: dict[UUID, rules.Facts] = {}
    if caller.is_(Role.COORDINATOR):
        facts = await merging.facts_of(session, rows)
    found = []
    for row in rows:
        actor = actor_of(caller, row.region, row.id)
        distance = (distances or {}).get(row.id)
        allowed = rules.allowed_actions(row.status, actor, facts.get(row.id, rules.NOTHING_KNOWN))
        found.append(
            Answer(
                **usecases.state_of(row, identifiers[row.id]).model_dump(),
                allowed_actions=tuple(allowed),
                distance_km=None if distance is None else round(distance, 2),
                updated_at=row.updated_at,
                status_reason=row.status_reason if actor.own or actor.coordinator else None,
            )
        )
    return found


async def answer(caller: Caller, session: AsyncSession, number: UUID) -> Answer:
    (only,) = await answers(caller, session, [await usecases.one(session, number)])
    return only
