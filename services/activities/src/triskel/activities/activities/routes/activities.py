"""`/v1/activities`: the lifecycle, one route per action."""

from collections.abc import Callable
from functools import partial
from typing import Annotated, Any, Literal
from uuid import UUID

from fastapi import Query, Request, Response
from sqlalchemy import false, or_, select

from triskel.activities.activities import commands as usecases
from triskel.activities.activities import schemas as bodies
from triskel.activities.activities.queries import facts_of, parties_of
from triskel.activities.activities.routes.acting import (
    Action,
    CloseAfter,
    Member,
    Reader,
    actor_of,
    answer,
    check_may_read,
    check_takes_part,
    home_of,
    sides_of,
)
from triskel.activities.activities.rules import transitions
from triskel.activities.activities.rules.activity import Activity, Actor, Slot
from triskel.activities.activities.rules.formats import FORMATS
from triskel.activities.activities.tables import ActivityRow
from triskel.chassis.http import Events, Now, Page, Paging, Router, Session, set_etag
from triskel.chassis.http.values import Moment, SchoolYear
from triskel.chassis.paging import paginate
from triskel.contracts.codes import ActivityFormat, ActivityState, Role
from triskel.contracts.refusals import Invalid

router = Router(prefix="/v1/activities", tags=["activities"])


@router.post("", status_code=201, summary="Draft an activity")
async def draft(
    caller: Member,
    body: bodies.NewActivity,
    session: Session,
    events: Events,
    now: Now,
    close_after: CloseAfter,
    request: Request,
    response: Response,
) -> bodies.Answer:
    FORMATS[body.format].check_parties(body.school_id, body.partnership_id)
    parties = await parties_of(session, body.school_id, body.host_id, body.partnership_id)
    home = await home_of(request, session, body.school_id, body.host_id)
    actor = Actor(caller.roles, sides_of(caller, home.region, body.school_id, body.host_id))
    check_takes_part(actor)
    details: dict[str, Any] = body.model_dump()
    details |= {
        "region": home.region,
        "proposed_by": actor.side,
        "levels": tuple(body.levels),
        "subjects": tuple(body.subjects),
    }
    a = await usecases.draft(session, events, details, actor.role, now)
    set_etag(response, a.version)
    response.headers["Location"] = f"/v1/activities/{a.id}"
    return answer(caller, a, parties.facts(a), now, close_after)


@router.get("", summary="Find activities")
async def find(
    page: Paging,
    caller: Reader,
    session: Session,
    now: Now,
    close_after: CloseAfter,
    school_id: UUID | None = None,
    host_id: UUID | None = None,
    partnership_id: UUID | None = None,
    offer_id: UUID | None = None,
    parent_id: UUID | None = None,
    format: ActivityFormat | None = None,
    state: ActivityState | None = None,
    school_year: Annotated[SchoolYear | None, Query()] = None,
    starts_from: Annotated[Moment | None, Query()] = None,
    starts_before: Annotated[Moment | None, Query()] = None,
    sort: Annotated[
        Literal["drafted", "starts"],
        Query(description="`starts`: by date, and only what has one"),
    ] = "drafted",
) -> Page[bodies.Answer]:
    column = ActivityRow.__table__.c
    statement = select(ActivityRow)
    if caller.is_(Role.COORDINATOR, Role.AUTHORITY):
        statement = statement.where(column.region == caller.region)
    else:
        own = caller.organisation
        mine = or_(column.school_id == own, column.host_id == own, column.guests.contains([own]))
        # a comparison with null would find what has no school
        statement = statement.where(false() if own is None else mine)
    filters = {
        "school_id": school_id,
        "host_id": host_id,
        "partnership_id": partnership_id,
        "offer_id": offer_id,
        "parent_id": parent_id,
        "format": format,
        "state": state,
        "school_year": school_year,
    }
    for name, value in filters.items():
        if value is not None:
            statement = statement.where(column[name] == value)
    if starts_from is not None:
        statement = statement.where(column.starts_at >= starts_from)
    if starts_before is not None:
        statement = statement.where(column.starts_at < starts_before)
    if sort == "starts":
        statement = statement.where(column.starts_at.is_not(None))
    by = column.starts_at if sort == "starts" else column.drafted_at
    rows, following = await paginate(session, statement, keys=[by, column.id], page=page)
    found = [usecases.decided(row) for (row,) in rows]
    facts = await facts_of(session, found)
    return Page(
        items=[answer(caller, a, facts[a.id], now, close_after) for a in found], next=following
    )


@router.get("/{number}", summary="One activity")
async def show(
    caller: Reader,
    number: UUID,
    session: Session,
    now: Now,
    close_after: CloseAfter,
    response: Response,
) -> bodies.Answer:
    a = usecases.decided(await usecases.one(session, number))
    check_may_read(caller, a)
    set_etag(response, a.version)
    return answer(caller, a, (await facts_of(session, [a]))[a.id], now, close_after)


@router.get("/{number}/history", summary="Who did what, when and why")
async def history(caller: Reader, number: UUID, session: Session) -> list[bodies.Step]:
    a = usecases.decided(await usecases.one(session, number))
    check_may_read(caller, a)
    hidden = set() if actor_of(caller, a).sides else {"message"}
    steps = await usecases.steps_of(session, number)
    return [bodies.Step.model_validate(step.model_dump(exclude=hidden)) for step in steps]


@router.patch("/{number}", summary="Change a draft or a proposal")
async def edit(acting: Action, body: bodies.Edit) -> bodies.Answer:
    changes = body.model_dump(exclude_unset=True)
    for name in ("title", "levels", "subjects"):
        if name in changes and changes[name] is None:
            raise Invalid("value-missing", f"{name} cannot be empty.", field=name)
    for name in ("levels", "subjects"):
        if name in changes:
            changes[name] = tuple(changes[name])
    return await acting.act("edit", partial(transitions.edit, changes=changes))


@router.post("/{number}/propose", summary="Ask the other side")
async def propose(acting: Action, body: bodies.Propose | None = None) -> bodies.Answer:
    days = (body or bodies.Propose()).answer_days
    return await acting.act("propose", partial(transitions.propose, days=days))


@router.post("/{number}/accept", summary="Say yes")
async def accept(acting: Action) -> bodies.Answer:
    return await acting.act("accept", transitions.accept)


@router.post("/{number}/decline", summary="Say no, and why")
async def decline(acting: Action, body: bodies.Why) -> bodies.Answer:
    return await acting.act("decline", partial(transitions.decline, reason=body.reason))


@router.post("/{number}/withdraw", summary="Take it back")
async def withdraw(acting: Action, body: bodies.Why) -> bodies.Answer:
    return await acting.act("withdraw", partial(transitions.withdraw, reason=body.reason))


async def _plan(
    acting: Action,
    action: str,
    change: Callable[..., Activity],
    body: bodies.GivenSlot,
) -> bodies.Answer:
    """A slot on a day of school; where the calendar is not known, with a warning."""
    known, calendar = await acting.calendar()
    slot = Slot(**body.model_dump(), time_zone=calendar.time_zone)
    planned = await acting.act(action, partial(change, slot=slot, calendar=calendar))
    if known.form.in_holidays or calendar.year(known.school_year) is not None:
        return planned
    unchecked = bodies.Warned(
        rule="calendar-unknown",
        detail=f"Nobody has set the school calendar of {known.region} for {known.school_year} yet: "
        "see yourself that school is not out that day.",
        field="slot.starts_at",
    )
    return planned.model_copy(update={"warnings": (unchecked,)})


@router.post("/{number}/schedule", summary="Give it a slot")
async def schedule(acting: Action, body: bodies.GivenSlot) -> bodies.Answer:
    return await _plan(acting, "schedule", transitions.schedule, body)


@router.post("/{number}/postpone", summary="Give it another slot")
async def postpone(acting: Action, body: bodies.GivenSlot) -> bodies.Answer:
    return await _plan(acting, "postpone", transitions.postpone, body)


@router.post("/{number}/confirm", summary="The head says yes; preconditions are met")
async def confirm(acting: Action, body: bodies.Confirm | None = None) -> bodies.Answer:
    ticked = (body or bodies.Confirm()).preconditions
    return await acting.act("confirm", partial(transitions.confirm, ticked=ticked))


@router.post("/{number}/start", summary="It begins")
async def start(acting: Action) -> bodies.Answer:
    return await acting.act("start", transitions.start)


@router.post("/{number}/deliver", summary="It took place: outcome and attendance")
async def deliver(acting: Action, body: bodies.Delivered) -> bodies.Answer:
    rows = [row.decided() for row in body.attendance]
    return await acting.act(
        "deliver",
        partial(transitions.deliver, outcome=body.outcome, attendance=rows, present=body.attended),
    )


@router.post("/{number}/correct", summary="Put outcome and attendance right")
async def correct(acting: Action, body: bodies.Delivered) -> bodies.Answer:
    rows = [row.decided() for row in body.attendance]
    return await acting.act(
        "correct",
        partial(transitions.correct, outcome=body.outcome, attendance=rows, present=body.attended),
    )


@router.post("/{number}/evaluate", summary="One side's view")
async def evaluate(acting: Action, body: bodies.Ticks) -> bodies.Answer:
    ticks = body.model_dump()
    return await acting.act("evaluate", partial(transitions.evaluate, ticks=ticks))


@router.post("/{number}/close", summary="Nothing more is expected")
async def close(acting: Action) -> bodies.Answer:
    return await acting.act("close", transitions.close)


@router.post("/{number}/cancel", summary="It will not take place")
async def cancel(acting: Action, body: bodies.Why) -> bodies.Answer:
    return await acting.act("cancel", partial(transitions.cancel, reason=body.reason))


@router.put("/{number}/budget", summary="Set the cost lines")
async def set_budget(acting: Action, body: bodies.Budget) -> bodies.Answer:
    lines = [line.decided() for line in body.lines]
    return await acting.act("budget", partial(transitions.set_budget, lines=lines))
