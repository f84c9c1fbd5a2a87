"""Find and show partnerships, and their history."""

from typing import Annotated
from uuid import UUID

from fastapi import Query, Response
from sqlalchemy import or_, select

from triskel.chassis.http import (
    Cursor,
    Limit,
    Now,
    Page,
    Router,
    Session,
    paginate,
    set_etag,
)
from triskel.chassis.http.values import SchoolYear
from triskel.contracts.codes import PartnershipState, Role
from triskel.registry.organisations.commands import family
from triskel.registry.partnerships import commands as usecases
from triskel.registry.partnerships.routes.acting import Reader, actor_of, answer, check_may_read
from triskel.registry.partnerships.schemas import Answer, Step
from triskel.registry.partnerships.tables import PartnershipRow

router = Router(prefix="/v1/partnerships", tags=["partnerships"])


@router.get("", summary="Find partnerships")
async def find(
    caller: Reader,
    session: Session,
    now: Now,
    school_id: UUID | None = None,
    company_id: UUID | None = None,
    state: PartnershipState | None = None,
    school_year: Annotated[SchoolYear | None, Query()] = None,
    at_risk: Annotated[bool | None, Query(description="whether a risk was found")] = None,
    limit: Limit = 50,
    cursor: Cursor = None,
) -> Page[Answer]:
    column = PartnershipRow.__table__.c
    statement = select(PartnershipRow)
    if caller.is_(Role.COORDINATOR, Role.AUTHORITY):
        statement = statement.where(column.region == caller.region)
    else:
        own = await _with_merged(session, caller.organisation)
        statement = statement.where(or_(column.school_id.in_(own), column.company_id.in_(own)))
    for name, party in {"school_id": school_id, "company_id": company_id}.items():
        if party is not None:
            statement = statement.where(column[name].in_(await _with_merged(session, party)))
    for name, value in {"state": state, "school_year": school_year}.items():
        if value is not None:
            statement = statement.where(column[name] == value)
    if at_risk is not None:
        since = column.at_risk_since
        statement = statement.where(since.is_not(None) if at_risk else since.is_(None))
    rows, following = await paginate(
        session, statement, keys=[column.proposed_at, column.id], limit=limit, cursor=cursor
    )
    found = [row for (row,) in rows]
    facts = await usecases.facts_of(session, found)
    items = [answer(caller, usecases.decided(row), facts[row.id], now) for row in found]
    return Page(items=items, next=following)


async def _with_merged(session: Session, number: UUID | None) -> list[UUID]:
    """What a duplicate had is the organisation's that it was merged into."""
    return [] if number is None else await family(session, number)


@router.get("/{number}", summary="One partnership")
async def show(
    caller: Reader, number: UUID, session: Session, now: Now, response: Response
) -> Answer:
    row = await usecases.one(session, number)
    partnership = usecases.decided(row)
    await check_may_read(caller, partnership, session)
    set_etag(response, partnership.version)
    return answer(caller, partnership, (await usecases.facts_of(session, [row]))[row.id], now)


@router.get("/{number}/history", summary="Who did what, when and why")
async def history(caller: Reader, number: UUID, session: Session) -> list[Step]:
    row = await usecases.one(session, number)
    known = usecases.decided(row)
    await check_may_read(caller, known, session)
    steps = [
        Step.model_validate(step.model_dump()) for step in await usecases.steps_of(session, number)
    ]
    if actor_of(caller, known).sides:
        return steps
    # free words are between those who act; authorities read what was done
    return [step.model_copy(update={"note": None}) for step in steps]
