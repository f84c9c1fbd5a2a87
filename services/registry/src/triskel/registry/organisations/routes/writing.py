"""Register organisations, change them, decide on them and merge duplicates."""

from typing import Any
from uuid import UUID

from fastapi import Request, Response

from triskel.chassis.http import Events, IfMatch, Now, Router, Session, home_region, set_etag
from triskel.registry.organisations import commands as usecases
from triskel.registry.organisations.commands import merging
from triskel.registry.organisations.refusals import ValueMissing
from triskel.registry.organisations.routes.acting import (
    Coordinator,
    Member,
    OnOrganisation,
    actor_of,
    answer,
    answer_of,
)
from triskel.registry.organisations.rules import organisation as rules
from triskel.registry.organisations.schemas import Answer, Details, Merge, NewOrganisation

router = Router(prefix="/v1/organisations", tags=["organisations"])


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


@router.patch("/{organisation_id}", summary="Change details, identifiers or sites")
async def update(
    caller: Member,
    organisation_id: UUID,
    body: Details,
    seen: IfMatch,
    session: Session,
    events: Events,
    now: Now,
    response: Response,
) -> Answer:
    row = await usecases.one(session, organisation_id)
    changes: dict[str, Any] = body.model_dump(exclude_unset=True)
    for name in ("names", "levels", "priority_education"):
        if name in changes and changes[name] is None:
            raise ValueMissing(name=name, field=name)
    actor = actor_of(caller, row.region, organisation_id)
    public = await usecases.update(session, events, organisation_id, changes, actor, seen, now)
    set_etag(response, public.version)
    return await answer(caller, session, organisation_id)


@router.post("/{organisation_id}/merge", summary="Merge a duplicate into the one that stays")
async def merge(
    caller: Coordinator,
    organisation_id: UUID,
    body: Merge,
    seen: IfMatch,
    session: Session,
    events: Events,
    now: Now,
    response: Response,
) -> Answer:
    """The answer is the duplicate; `Location` is the one that stays."""
    row = await usecases.one(session, organisation_id)
    actor = actor_of(caller, row.region, organisation_id)
    gone = await merging.merge(
        session, events, organisation_id, body.into, actor, seen, body.reason, now
    )
    set_etag(response, gone.version)
    response.headers["Location"] = f"/v1/organisations/{body.into}"
    return await answer(caller, session, organisation_id)


@router.post("/{organisation_id}/approve", summary="Let in who asked for approval")
async def approve(on: OnOrganisation) -> Answer:
    return await on.decide("approve")


@router.post("/{organisation_id}/reject", summary="Do not let it in, and say why")
async def reject(on: OnOrganisation) -> Answer:
    return await on.decide("reject")


@router.post("/{organisation_id}/claim", summary="An imported one takes part from now on")
async def claim(on: OnOrganisation) -> Answer:
    return await on.decide("claim")


@router.post("/{organisation_id}/suspend", summary="Stop it for a while, and say why")
async def suspend(on: OnOrganisation) -> Answer:
    return await on.decide("suspend")


@router.post("/{organisation_id}/reinstate", summary="Its suspension is over")
async def reinstate(on: OnOrganisation) -> Answer:
    return await on.decide("reinstate")


@router.post("/{organisation_id}/withdraw", summary="It leaves the platform")
async def withdraw(on: OnOrganisation) -> Answer:
    return await on.decide("withdraw")
