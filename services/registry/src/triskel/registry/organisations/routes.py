"""`/v1/organisations`: register, find, change, decide, merge; a route for each action."""

from typing import Annotated
from uuid import UUID

from fastapi import Request, Response

from triskel.chassis.auth import Caller, allow
from triskel.chassis.http import Page, Paging, Router, home_region, set_etag
from triskel.chassis.http.actions import Asked, Target, described, target_of
from triskel.contracts.codes import Role
from triskel.registry.organisations import actions
from triskel.registry.organisations.commands import ORGANISATIONS, merge, register, update
from triskel.registry.organisations.queries import search, steps_of
from triskel.registry.organisations.rules.organisation import Facts, Organisation
from triskel.registry.organisations.schemas import (
    Details,
    Merge,
    NewOrganisation,
    OrganisationAnswer,
    OrganisationStep,
    ReasonBody,
    Wanted,
)

_MEMBERS = allow(Role.COORDINATOR, Role.HEAD, Role.TEACHER, Role.COMPANY)
Anybody = Annotated[Caller, allow()]
Member = Annotated[Caller, _MEMBERS]
OnOrganisation = Annotated[
    Target[Organisation, Facts], target_of(ORGANISATIONS, "organisation", _MEMBERS)
]

router = Router(prefix="/v1/organisations", tags=["organisations"])


@router.post("", status_code=201, summary="Register an organisation")
async def register_organisation(
    caller: Member, context: Asked, body: NewOrganisation, request: Request, response: Response
) -> OrganisationAnswer:
    region = home_region(request, body.region or caller.region)
    caller.require_region(region)
    made = await register(context, region, body.kind, body.to_domain())
    set_etag(response, made.subject.version)
    response.headers["Location"] = f"/v1/organisations/{made.subject.id}"
    return OrganisationAnswer.of(made)


@router.get("", summary="Find organisations")
async def find_organisations(
    caller: Anybody, context: Asked, wanted: Wanted, page: Paging
) -> Page[OrganisationAnswer]:
    found, following = await search(context.session, wanted, page)
    attempts = await ORGANISATIONS.attempts(context, [organisation for organisation, _ in found])
    distances = [distance for _, distance in found]
    items = map(OrganisationAnswer.of, attempts, distances)
    return Page(items=list(items), next=following)


@router.get("/{organisation_id}", summary="One organisation")
async def show_organisation(
    caller: Anybody, context: Asked, organisation_id: UUID, response: Response
) -> OrganisationAnswer:
    organisation = await ORGANISATIONS.get(context.session, organisation_id)
    set_etag(response, organisation.version)
    return OrganisationAnswer.of(await ORGANISATIONS.attempt(context, organisation))


@router.get(
    "/{organisation_id}/history", summary="Who did what, when and why, with what was merged into it"
)
async def show_history(
    caller: Member, context: Asked, organisation_id: UUID, page: Paging
) -> Page[OrganisationStep]:
    organisation = await ORGANISATIONS.get(context.session, organisation_id)
    caller.require_organisation(organisation.region, organisation_id)
    steps, following = await steps_of(context.session, organisation_id, page)
    items = [OrganisationStep.model_validate(step.model_dump()) for step in steps]
    return Page(items=items, next=following)


@router.patch("/{organisation_id}", **described(actions.UPDATE))
async def update_organisation(on: OnOrganisation, body: Details) -> OrganisationAnswer:
    attempt = await update(on.context, on.id, on.seen, body.to_domain())
    set_etag(on.response, attempt.subject.version)
    return OrganisationAnswer.of(attempt)


@router.post("/{organisation_id}/merge", **described(actions.MERGE))
async def merge_organisation(on: OnOrganisation, body: Merge) -> OrganisationAnswer:
    """The answer is the duplicate; `Location` is the one that stays."""
    attempt = await merge(on.context, on.id, on.seen, body.into, body.reason)
    set_etag(on.response, attempt.subject.version)
    on.response.headers["Location"] = f"/v1/organisations/{body.into}"
    return OrganisationAnswer.of(attempt)


@router.post("/{organisation_id}/approve", **described(actions.APPROVE))
async def approve(on: OnOrganisation, body: ReasonBody) -> OrganisationAnswer:
    return OrganisationAnswer.of(await on.act(actions.APPROVE, body.reason))


@router.post("/{organisation_id}/reject", **described(actions.REJECT))
async def reject(on: OnOrganisation, body: ReasonBody) -> OrganisationAnswer:
    return OrganisationAnswer.of(await on.act(actions.REJECT, body.reason))


@router.post("/{organisation_id}/claim", **described(actions.CLAIM))
async def claim(on: OnOrganisation, body: ReasonBody) -> OrganisationAnswer:
    return OrganisationAnswer.of(await on.act(actions.CLAIM, body.reason))


@router.post("/{organisation_id}/suspend", **described(actions.SUSPEND))
async def suspend(on: OnOrganisation, body: ReasonBody) -> OrganisationAnswer:
    return OrganisationAnswer.of(await on.act(actions.SUSPEND, body.reason))


@router.post("/{organisation_id}/reinstate", **described(actions.REINSTATE))
async def reinstate(on: OnOrganisation, body: ReasonBody) -> OrganisationAnswer:
    return OrganisationAnswer.of(await on.act(actions.REINSTATE, body.reason))


@router.post("/{organisation_id}/withdraw", **described(actions.WITHDRAW))
async def withdraw(on: OnOrganisation, body: ReasonBody) -> OrganisationAnswer:
    return OrganisationAnswer.of(await on.act(actions.WITHDRAW, body.reason))
