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
from triskel.registry.organisations.tables import IdentifierRow, OrganisationRow

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
    return [
        answer_of(
            caller,
            row,
            identifiers[row.id],
            facts.get(row.id, rules.NOTHING_KNOWN),
            (distances or {}).get(row.id),
        )
        for row in rows
    ]


def answer_of(
    caller: Caller,
    row: OrganisationRow,
    identifiers: Sequence[IdentifierRow],
    facts: rules.Facts,
    distance: float | None = None,
) -> Answer:
    actor = actor_of(caller, row.region, row.id)
    return Answer(
        **usecases.state_of(row, identifiers).model_dump(),
        allowed_actions=tuple(rules.allowed_actions(row.status, actor, facts)),
        distance_km=None if distance is None else round(distance, 2),
        updated_at=row.updated_at,
        status_reason=row.status_reason if actor.own or actor.coordinator else None,
    )


async def answer(caller: Caller, session: AsyncSession, number: UUID) -> Answer:
    (only,) = await answers(caller, session, [await usecases.one(session, number)])
    return only
