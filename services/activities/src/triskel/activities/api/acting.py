"""Who may act on an activity and read it, and how every action goes."""

from dataclasses import dataclass
from datetime import datetime
from typing import Annotated
from uuid import UUID

from fastapi import Depends, Response
from sqlalchemy.ext.asyncio import AsyncSession

from triskel.activities.api import bodies
from triskel.activities.domain.actions import allowed_actions
from triskel.activities.domain.activity import Activity, Actor, Facts
from triskel.activities.usecases import activities as usecases
from triskel.chassis.auth import Caller, allow
from triskel.chassis.http import Events, IfMatch, Now, Session, set_etag
from triskel.chassis.outbox import Outbox
from triskel.contracts.codes import Role, Side

Member = Annotated[Caller, allow(Role.COORDINATOR, Role.HEAD, Role.TEACHER, Role.COMPANY)]
Reader = Annotated[
    Caller, allow(Role.COORDINATOR, Role.HEAD, Role.TEACHER, Role.COMPANY, Role.AUTHORITY)
]


def sides_of(caller: Caller, region: str, school: UUID | None, host: UUID) -> frozenset[Side]:
    sides = set()
    if caller.coordinates(region):
        sides.add(Side.COORDINATOR)
    if caller.organisation is not None:
        if caller.organisation == school and caller.is_(Role.HEAD, Role.TEACHER):
            sides.add(Side.SCHOOL)
        if caller.organisation == host and caller.is_(Role.COMPANY):
            sides.add(Side.HOST)
    return frozenset(sides)


def actor_of(caller: Caller, a: Activity) -> Actor:
    return Actor(caller.roles, sides_of(caller, a.region, a.school_id, a.host_id))


def answer(caller: Caller, a: Activity, facts: Facts, now: datetime) -> bodies.Answer:
    allowed = allowed_actions(a, actor_of(caller, a), facts, now)
    return bodies.Answer(**usecases.state_of(a).model_dump(), allowed_actions=tuple(allowed))


def check_may_read(caller: Caller, a: Activity) -> None:
    """The two sides, and the region's coordinator and authorities."""
    if not (caller.is_(Role.AUTHORITY) and caller.region == a.region):
        caller.require_organisation(a.region, a.school_id, a.host_id)


@dataclass
class Acting:
    """What every action needs."""

    caller: Caller
    number: UUID
    seen: int
    session: AsyncSession
    events: Outbox
    now: datetime
    response: Response

    async def act(self, action: str, decide: usecases.Decide) -> bodies.Answer:
        a, facts = await usecases.act(
            self.session,
            self.events,
            self.number,
            action,
            lambda known: actor_of(self.caller, known),
            self.seen,
            self.now,
            decide,
        )
        set_etag(self.response, a.version)
        return answer(self.caller, a, facts, self.now)


# a coroutine, although it waits for nothing: FastAPI calls others in a thread, at 0.1 ms each
async def _acting(
    caller: Member,
    number: UUID,
    seen: IfMatch,
    session: Session,
    events: Events,
    now: Now,
    response: Response,
) -> Acting:
    return Acting(caller, number, seen, session, events, now, response)


Action = Annotated[Acting, Depends(_acting)]
