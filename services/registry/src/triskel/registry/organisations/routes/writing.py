"""Register organisations, change them, decide on them and merge duplicates."""

from typing import Annotated, Any
from uuid import UUID

from fastapi import Request, Response

from triskel.chassis.http import Events, IfMatch, Now, Router, Session, home_region, set_etag
from triskel.chassis.http.values import OneLine
from triskel.registry.organisations import commands as usecases
from triskel.registry.organisations.commands import merging
from triskel.registry.organisations.refusals import ValueMissing
from triskel.registry.organisations.routes.acting import (
    Coordinator,
    Member,
    actor_of,
    answer,
    answer_of,
)
from triskel.registry.organisations.rules import organisation as rules
from triskel.registry.organisations.schemas import Answer, Details, Merge, NewOrganisation, Why

router = Router(prefix="/v1/organisations", tags=["organisations"])

WITH_ROUTES_OF_THEIR_OWN = ("merge",)
ACTION_PATTERN = f"^({'|'.join(a for a in rules.ACTIONS if a not in WITH_ROUTES_OF_THEIR_OWN)})$"


@router.post("", status_code=201, summary="Register an organisation")
async def register(
    caller: Member,
    body: NewOrganisation,
    session: Session,
    events: Events,
    now: Now,
    request: Request,
    response: Response,
) -> Answer:
    region = home_region(request, body.region or caller.region)
    caller.require_region(region)
    details = body.model_dump(exclude={"region"}, exclude_none=True)
    details.setdefault("levels", [])
    details.setdefault("priority_education", False)
    actor = actor_of(caller, region, None)
    row, identifiers = await usecases.register(session, events, details, region, actor, now)
    set_etag(response, row.version)
    response.headers["Location"] = f"/v1/organisations/{row.id}"
    return answer_of(caller, row, identifiers, rules.NOTHING_KNOWN)


@router.patch("/{number}", summary="Change details, identifiers or sites")
async def update(
    caller: Member,
    number: UUID,
    body: Details,
    seen: IfMatch,
    session: Session,
    events: Events,
    now: Now,
    response: Response,
) -> Answer:
    row = await usecases.one(session, number)
    caller.require_organisation(row.region, row.id)
    changes: dict[str, Any] = body.model_dump(exclude_unset=True)
    for name in ("names", "levels", "priority_education"):
        if name in changes and changes[name] is None:
            raise ValueMissing(name=name, field=name)
    actor = actor_of(caller, row.region, number)
    public = await usecases.update(session, events, number, changes, actor, seen, now)
    set_etag(response, public.version)
    return await answer(caller, session, number)


@router.post("/{number}/merge", summary="Merge a duplicate into the organisation that stays")
async def merge(
    caller: Coordinator,
    number: UUID,
    body: Merge,
    seen: IfMatch,
    session: Session,
    events: Events,
    now: Now,
    response: Response,
) -> Answer:
    """The answer is the duplicate; `Location` is the one that stays."""
    row = await usecases.one(session, number)
    actor = actor_of(caller, row.region, number)
    gone = await merging.merge(session, events, number, body.into, actor, seen, body.reason, now)
    set_etag(response, gone.version)
    response.headers["Location"] = f"/v1/organisations/{body.into}"
    return await answer(caller, session, number)


@router.post("/{number}/{action}", summary="Approve, reject, claim, suspend, reinstate, withdraw")
async def decide(
    caller: Member,
    number: UUID,
    action: Annotated[str, OneLine(longest=20, pattern=ACTION_PATTERN)],
    seen: IfMatch,
    session: Session,
    events: Events,
    now: Now,
    response: Response,
    body: Why | None = None,
) -> Answer:
    row = await usecases.one(session, number)
    actor = actor_of(caller, row.region, number)
    reason = body.reason if body else None
    public = await usecases.decide(session, events, number, action, actor, seen, reason, now)
    set_etag(response, public.version)
    return await answer(caller, session, number)
