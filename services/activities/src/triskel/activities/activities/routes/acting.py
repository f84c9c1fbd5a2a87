"""Who may act on an activity and read it, and how every action goes."""

from dataclasses import asdict, dataclass
from datetime import datetime, timedelta
from typing import Annotated
from uuid import UUID

from fastapi import Depends, Request, Response
from sqlalchemy.ext.asyncio import AsyncSession

from triskel.activities.activities import commands as usecases
from triskel.activities.activities import schemas as bodies
from triskel.activities.activities.actions import allowed_actions
from triskel.activities.activities.rules import places
from triskel.activities.activities.rules.activity import Activity, Actor, Facts
from triskel.activities.activities.rules.coherence import proposed_attendance
from triskel.activities.activities.rules.deadlines import deadlines
from triskel.activities.activities.rules.dues import dues_of
from triskel.activities.calendars.queries import calendar_of
from triskel.activities.calendars.rules import Calendar
from triskel.activities.projections import OrganisationRow
from triskel.chassis.auth import Caller, allow
from triskel.chassis.http import Events, IfMatch, Now, Session, home_region, set_etag
from triskel.chassis.outbox import Outbox
from triskel.chassis.versions import Seen
from triskel.contracts.codes import Role, Side
from triskel.contracts.refusals import Conflict, Forbidden

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
    """Heads and teachers speak for their school in its own region, side or not."""
    at_home = caller.is_(Role.HEAD, Role.TEACHER) and caller.region == a.region
    return Actor(
        caller.roles,
        sides_of(caller, a.region, a.school_id, a.host_id),
        school=caller.organisation if at_home else None,
        organisation=caller.organisation,
        coordinates=caller.region if caller.is_(Role.COORDINATOR) else None,
    )


async def _zone(request: Request) -> str:
    zone: str = request.app.state.settings.time_zone
    return zone


Zone = Annotated[str, Depends(_zone)]
"""The time zone of a region that has no calendar and whose country is not listed."""


async def _close_after(request: Request) -> timedelta:
    return timedelta(days=request.app.state.settings.close_after_days)


CloseAfter = Annotated[timedelta, Depends(_close_after)]
"""How long after its delivery an activity closes without an evaluation."""


def answer(
    caller: Caller, a: Activity, facts: Facts, now: datetime, close_after: timedelta
) -> bodies.Answer:
    """Who is no side sees its own bookings only."""
    actor = actor_of(caller, a)
    state = usecases.state_of(a).model_dump()
    if not actor.sides:
        own = (b for b in state["bookings"] if b["organisation_id"] == actor.school)
        state["bookings"] = tuple(own)
    return bodies.Answer(
        **state,
        places_free=None if places.places_of(a) is None else max(0, places.free(a)),
        allowed_actions=tuple(allowed_actions(a, actor, facts, now)),
        overdue=tuple(asdict(due) for due in dues_of(a) if due.overdue(now)),
        proposed_attendance=tuple(asdict(row) for row in proposed_attendance(a)),
        deadlines=bodies.Deadlines(**asdict(deadlines(a, close_after))),
    )


def check_may_read(caller: Caller, a: Activity) -> None:
    """The two sides and who takes part beside them, whoever may take a place, and the region's
    coordinator and authorities; of a task-force meeting, the coordinators of all delegations'
    regions."""
    if places.may_join(a, actor_of(caller, a)) and a.state in places.OPEN | places.HELD:
        return
    if caller.is_(Role.AUTHORITY) and caller.region == a.region:
        return
    if caller.is_(Role.COORDINATOR) and a.task_force and a.task_force.delegation(caller.region):
        return
    caller.require_organisation(a.region, a.school_id, a.host_id, *a.guests)


async def home_of(
    request: Request, session: AsyncSession, school: UUID | None, host: UUID
) -> OrganisationRow:
    """The organisation in whose region an activity lives: the school, or without one the host.
    Raises `Conflict` when it is unknown, or at home in another deployment."""
    home = await session.get(OrganisationRow, school or host)
    if home is None:
        raise Conflict(
            "organisation-unknown",
            "The organisation is not known here (yet: the directory arrives by events and may be "
            "behind for a moment).",
            field="school_id" if school else "host_id",
            value=str(school or host),
        )
    home_region(request, home.region)
    return home


def check_takes_part(actor: Actor) -> None:
    if not actor.sides:
        raise Forbidden(
            "not-a-participant", "Only the two sides and the region's coordinator may draft it."
        )


@dataclass
class Acting:
    """What every action needs."""

    caller: Caller
    number: UUID
    seen: Seen | None
    session: AsyncSession
    events: Outbox
    now: datetime
    close_after: timedelta
    zone: str
    response: Response

    def answer(self, a: Activity, facts: Facts) -> bodies.Answer:
        return answer(self.caller, a, facts, self.now, self.close_after)

    async def calendar(self) -> tuple[Activity, Calendar]:
        """The activity before it is locked, and the calendar of its region; neither its region
        nor its school year ever changes."""
        known = usecases.decided(await usecases.one(self.session, self.number))
        return known, await calendar_of(self.session, known.region, self.zone)

    async def act(
        self, action: str, decide: usecases.Decide, follow: usecases.Follow = lambda _, __: ()
    ) -> bodies.Answer:
        a, facts = await self.decide(action, decide, follow)
        return self.answer(a, facts)

    async def decide(
        self, action: str, decide: usecases.Decide, follow: usecases.Follow = lambda _, __: ()
    ) -> tuple[Activity, Facts]:
        a, facts = await usecases.act(
            self.session,
            self.events,
            self.number,
            action,
            lambda known: actor_of(self.caller, known),
            self.seen,
            self.now,
            decide,
            follow,
        )
        set_etag(self.response, a.version)
        return a, facts


# a coroutine, although it waits for nothing: FastAPI calls others in a thread, at 0.1 ms each
async def _acting(
    caller: Member,
    number: UUID,
    seen: IfMatch,
    session: Session,
    events: Events,
    now: Now,
    close_after: CloseAfter,
    zone: Zone,
    response: Response,
) -> Acting:
    return Acting(caller, number, seen, session, events, now, close_after, zone, response)


Action = Annotated[Acting, Depends(_acting)]


async def _joining(
    caller: Member,
    number: UUID,
    session: Session,
    events: Events,
    now: Now,
    close_after: CloseAfter,
    zone: Zone,
    response: Response,
) -> Acting:
    return Acting(caller, number, None, session, events, now, close_after, zone, response)


Joining = Annotated[Acting, Depends(_joining)]
"""An action that is right whatever else changed meanwhile, such as taking a place: no If-Match."""
