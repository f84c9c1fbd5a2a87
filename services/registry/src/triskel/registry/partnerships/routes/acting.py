"""Who calls, as a partnership sees it, and the answer that this caller gets."""

from datetime import datetime
from typing import Annotated

from fastapi import Response
from sqlalchemy.ext.asyncio import AsyncSession

from triskel.chassis.auth import Caller, allow
from triskel.chassis.http import set_etag
from triskel.contracts.codes import Role, Side
from triskel.registry.organisations.commands import family
from triskel.registry.partnerships import commands as usecases
from triskel.registry.partnerships import rules as rules
from triskel.registry.partnerships.schemas import Answer

Member = Annotated[Caller, allow(Role.COORDINATOR, Role.HEAD, Role.TEACHER, Role.COMPANY)]
Reader = Annotated[
    Caller, allow(Role.COORDINATOR, Role.HEAD, Role.TEACHER, Role.COMPANY, Role.AUTHORITY)
]


def actor_of(caller: Caller, partnership: rules.Partnership) -> rules.Actor:
    sides = set()
    if caller.coordinates(partnership.region):
        sides.add(Side.COORDINATOR)
    if caller.organisation == partnership.school_id and caller.is_(Role.HEAD, Role.TEACHER):
        sides.add(Side.SCHOOL)
    if caller.organisation == partnership.company_id and caller.is_(Role.COMPANY):
        sides.add(Side.HOST)
    return rules.Actor(roles=caller.roles, sides=frozenset(sides))


def answer(
    caller: Caller, partnership: rules.Partnership, facts: rules.Facts, now: datetime
) -> Answer:
    actor = actor_of(caller, partnership)
    return Answer(
        **usecases.state_of(partnership).model_dump(),
        planned_activities=facts.planned_activities,
        carried=facts.carried,
        capacity=facts.capacity,
        allowed_actions=tuple(rules.allowed_actions(partnership, actor, facts, now)),
    )


async def check_may_read(
    caller: Caller, partnership: rules.Partnership, session: AsyncSession
) -> None:
    """The two partners, also where one was merged into the caller's organisation, and the region's
    coordinator and authorities."""
    if caller.is_(Role.AUTHORITY) and caller.region == partnership.region:
        return
    sides = {partnership.school_id, partnership.company_id}
    if caller.organisation is not None and sides.intersection(
        await family(session, caller.organisation)
    ):
        return
    caller.require_organisation(partnership.region, *sides)


async def proposed(
    caller: Caller,
    partnership: rules.Partnership,
    session: AsyncSession,
    now: datetime,
    response: Response,
) -> Answer:
    set_etag(response, partnership.version)
    response.headers["Location"] = f"/v1/partnerships/{partnership.id}"
    row = await usecases.one(session, partnership.id)
    facts = await usecases.facts_of(session, [row])
    return answer(caller, partnership, facts[row.id], now)
