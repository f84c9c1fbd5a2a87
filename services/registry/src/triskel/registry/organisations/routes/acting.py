"""Who calls, as an organisation sees it, and the answer that this caller gets."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Annotated
from uuid import UUID

from fastapi import Depends, Response
from sqlalchemy.ext.asyncio import AsyncSession

from triskel.chassis.auth import Caller, allow
from triskel.chassis.commands import Context
from triskel.chassis.http import IfMatch, set_etag
from triskel.chassis.http.actions import Asked
from triskel.chassis.versions import Seen
from triskel.contracts.codes import Role
from triskel.registry.organisations import commands as usecases
from triskel.registry.organisations.commands import merging
from triskel.registry.organisations.rules import organisation as rules
from triskel.registry.organisations.schemas import Answer, Why
from triskel.registry.organisations.tables import IdentifierRow, OrganisationRow

Anybody = Annotated[Caller, allow()]
Member = Annotated[Caller, allow(Role.COORDINATOR, Role.HEAD, Role.TEACHER, Role.COMPANY)]
Coordinator = Annotated[Caller, allow(Role.COORDINATOR)]


def actor_of(caller: Caller, region: str, organisation_id: UUID | None) -> rules.Actor:
    """`organisation_id` is null for an organisation that is being registered."""
    return rules.Actor(
        own=organisation_id is not None and caller.organisation == organisation_id,
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


@dataclass(frozen=True)
class Decision:
    """The organisation of a route's path, on whose status this caller decides."""

    context: Context
    organisation_id: UUID
    seen: Seen
    reason: str | None
    response: Response

    async def decide(self, action: str) -> Answer:
        """Do it; the answer has the new version as its ETag. Raises the action's refusal."""
        caller, session = self.context.caller, self.context.session
        row = await usecases.one(session, self.organisation_id)
        actor = actor_of(caller, row.region, row.id)
        public = await usecases.decide(
            session,
            self.context.outbox,
            row.id,
            action,
            actor,
            self.seen,
            self.reason,
            self.context.now,
        )
        set_etag(self.response, public.version)
        return await answer(caller, session, row.id)


async def _decision(
    caller: Member,
    organisation_id: UUID,
    seen: IfMatch,
    context: Asked,
    response: Response,
    body: Why | None = None,
) -> Decision:
    return Decision(context, organisation_id, seen, body.reason if body else None, response)


OnOrganisation = Annotated[Decision, Depends(_decision)]


async def answer(caller: Caller, session: AsyncSession, organisation_id: UUID) -> Answer:
    (only,) = await answers(caller, session, [await usecases.one(session, organisation_id)])
    return only
