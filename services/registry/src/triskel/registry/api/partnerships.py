"""`/v1/partnerships`: propose, answer, sign, run, end."""

from datetime import date, datetime
from typing import Annotated
from uuid import UUID

from fastapi import Path, Query, Request, Response
from pydantic import BaseModel, ConfigDict, Field
from sqlalchemy import or_, select

from triskel.chassis.auth import Caller, allow
from triskel.chassis.http import (
    Cursor,
    Events,
    IfMatch,
    Limit,
    Now,
    Page,
    Router,
    Session,
    check_version,
    home_region,
    paginate,
    set_etag,
)
from triskel.contracts import registry as said
from triskel.contracts.codes import PartnershipReason, PartnershipState, Role, SchoolYear, Side
from triskel.registry.domain import partnership as rules
from triskel.registry.tables import PartnershipRow
from triskel.registry.usecases import partnerships as usecases
from triskel.registry.usecases.organisations import one as one_organisation

router = Router(prefix="/v1/partnerships", tags=["partnerships"])

Member = Annotated[Caller, allow(Role.COORDINATOR, Role.HEAD, Role.TEACHER, Role.COMPANY)]
Reader = Annotated[
    Caller, allow(Role.COORDINATOR, Role.HEAD, Role.TEACHER, Role.COMPANY, Role.AUTHORITY)
]
WITH_ROUTES_OF_THEIR_OWN = ("amend", "renew")
ACTION_PATTERN = f"^({'|'.join(a for a in rules.ACTIONS if a not in WITH_ROUTES_OF_THEIR_OWN)})$"


class NewPartnership(BaseModel):
    model_config = ConfigDict(extra="forbid")

    school_id: UUID
    company_id: UUID
    school_year: SchoolYear
    starts_on: date
    ends_on: date
    answer_days: int = Field(default=rules.DEFAULT_ANSWER_DAYS, ge=1, le=rules.LONGEST_ANSWER_DAYS)
    goals: str | None = Field(default=None, max_length=2000)


class Amendment(BaseModel):
    """What the agreement says from now on; what is left out stays."""

    model_config = ConfigDict(extra="forbid")

    starts_on: date | None = None
    ends_on: date | None = None
    goals: str | None = Field(default=None, max_length=2000)


class Renewal(BaseModel):
    """The next school year's partnership; without goals those of this one."""

    model_config = ConfigDict(extra="forbid")

    starts_on: date
    ends_on: date
    answer_days: int = Field(default=rules.DEFAULT_ANSWER_DAYS, ge=1, le=rules.LONGEST_ANSWER_DAYS)
    goals: str | None = Field(default=None, max_length=2000)


class Why(BaseModel):
    reason: PartnershipReason | None = None


class Step(BaseModel):
    version: int
    action: str
    state: PartnershipState
    by: Role
    at: datetime
    reason: PartnershipReason | None


class Answer(said.Partnership):
    """A partnership, with what this caller may do with it now."""

    planned_activities: int = 0
    allowed_actions: tuple[str, ...] = ()


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
        allowed_actions=tuple(rules.allowed_actions(partnership, actor, facts, now)),
    )


def check_may_read(caller: Caller, partnership: rules.Partnership) -> None:
    """The two partners, and the region's coordinator and authorities."""
    if not (caller.is_(Role.AUTHORITY) and caller.region == partnership.region):
        caller.require_organisation(
            partnership.region, partnership.school_id, partnership.company_id
        )


@router.post("", status_code=201, summary="Propose a partnership")
async def propose(
    caller: Member,
    body: NewPartnership,
    session: Session,
    events: Events,
    now: Now,
    request: Request,
    response: Response,
) -> Answer:
    school = await one_organisation(session, body.school_id)
    home_region(request, school.region)
    caller.require_organisation(school.region, body.school_id, body.company_id)
    side = Role.COMPANY
    if caller.coordinates(school.region):
        side = Role.COORDINATOR
    elif caller.organisation == body.school_id:
        side = Role.HEAD if caller.is_(Role.HEAD) else Role.TEACHER
    partnership = await usecases.propose(
        session,
        events,
        body.school_id,
        body.company_id,
        body.school_year,
        body.starts_on,
        body.ends_on,
        body.answer_days,
        body.goals,
        side,
        now,
    )
    return await _proposed(caller, partnership, session, now, response)


async def _proposed(
    caller: Caller,
    partnership: rules.Partnership,
    session: Session,
    now: datetime,
    response: Response,
) -> Answer:
    set_etag(response, partnership.version)
    response.headers["Location"] = f"/v1/partnerships/{partnership.id}"
    row = await usecases.one(session, partnership.id)
    facts = await usecases.facts_of(session, [row])
    return answer(caller, partnership, facts[row.id], now)


@router.get("", summary="Find partnerships")
async def find(
    caller: Reader,
    session: Session,
    now: Now,
    school_id: UUID | None = None,
    company_id: UUID | None = None,
    state: PartnershipState | None = None,
    school_year: Annotated[SchoolYear | None, Query()] = None,
    limit: Limit = 50,
    cursor: Cursor = None,
) -> Page[Answer]:
    column = PartnershipRow.__table__.c  # type: ignore[attr-defined]
    statement = select(PartnershipRow)
    if caller.is_(Role.COORDINATOR, Role.AUTHORITY):
        statement = statement.where(column.region == caller.region)
    else:
        own = caller.organisation
        statement = statement.where(or_(column.school_id == own, column.company_id == own))
    filters = {
        "school_id": school_id,
        "company_id": company_id,
        "state": state,
        "school_year": school_year,
    }
    for name, value in filters.items():
        if value is not None:
            statement = statement.where(column[name] == value)
    rows, following = await paginate(
        session, statement, keys=[column.proposed_at, column.id], limit=limit, cursor=cursor
    )
    found = [row for (row,) in rows]
    facts = await usecases.facts_of(session, found)
    items = [answer(caller, usecases.decided(row), facts[row.id], now) for row in found]
    return Page(items=items, next=following)


@router.get("/{number}", summary="One partnership")
async def show(
    caller: Reader, number: UUID, session: Session, now: Now, response: Response
) -> Answer:
    row = await usecases.one(session, number)
    partnership = usecases.decided(row)
    check_may_read(caller, partnership)
    set_etag(response, partnership.version)
    return answer(caller, partnership, (await usecases.facts_of(session, [row]))[row.id], now)


@router.get("/{number}/history", summary="Who did what, when and why")
async def history(caller: Reader, number: UUID, session: Session) -> list[Step]:
    row = await usecases.one(session, number)
    check_may_read(caller, usecases.decided(row))
    steps = await usecases.steps_of(session, number)
    return [Step.model_validate(step.model_dump()) for step in steps]


@router.post("/{number}/amend", summary="Edit the agreement: all three sign again")
async def amend(
    caller: Member,
    number: UUID,
    body: Amendment,
    seen: IfMatch,
    session: Session,
    events: Events,
    now: Now,
    response: Response,
) -> Answer:
    row = await usecases.one(session, number, lock=True)
    actor = actor_of(caller, usecases.decided(row))
    terms = rules.Terms(body.starts_on, body.ends_on, body.goals)
    amended = await usecases.amend(session, events, row, actor, seen, now, terms)
    set_etag(response, amended.version)
    return answer(caller, amended, (await usecases.facts_of(session, [row]))[row.id], now)


@router.post("/{number}/renew", status_code=201, summary="Propose the next school year's")
async def renew(
    caller: Member,
    number: UUID,
    body: Renewal,
    seen: IfMatch,
    session: Session,
    events: Events,
    now: Now,
    response: Response,
) -> Answer:
    row = await usecases.one(session, number, lock=True)
    known = usecases.decided(row)
    actor = actor_of(caller, known)
    facts = await usecases.facts_of(session, [row])
    school_year = rules.check_renewal(known, actor, facts[row.id], now)
    check_version(seen, known.version)
    partnership = await usecases.propose(
        session,
        events,
        known.school_id,
        known.company_id,
        school_year,
        body.starts_on,
        body.ends_on,
        body.answer_days,
        body.goals if body.goals is not None else known.goals,
        actor.role,
        now,
        renewal_of=known.id,
    )
    return await _proposed(caller, partnership, session, now, response)


@router.post("/{number}/{action}", summary="Act on a partnership")
async def act(
    caller: Member,
    number: UUID,
    action: Annotated[str, Path(pattern=ACTION_PATTERN)],
    seen: IfMatch,
    session: Session,
    events: Events,
    now: Now,
    response: Response,
    body: Why | None = None,
) -> Answer:
    row = await usecases.one(session, number, lock=True)
    actor = actor_of(caller, usecases.decided(row))
    reason = body.reason if body else None
    partnership = await usecases.act(session, events, row, action, actor, seen, now, reason)
    set_etag(response, partnership.version)
    facts = await usecases.facts_of(session, [row])
    return answer(caller, partnership, facts[row.id], now)
