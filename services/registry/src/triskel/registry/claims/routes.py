"""Claims: `/v1/organisations/{id}/claims` by who says that they speak for it, `/v1/claims` for the
coordinator who decides where no official mailbox can."""

from typing import Annotated
from uuid import UUID

from fastapi import Body, Response

from triskel.chassis.auth import Caller, allow
from triskel.chassis.http import Page, Paging, Router, set_etag
from triskel.chassis.http.actions import Asked, Target, described, target_of
from triskel.contracts.codes import OrganisationKind, Role
from triskel.registry.claims import actions
from triskel.registry.claims.commands import CLAIMS, approve, claim, reject
from triskel.registry.claims.queries import check_may_read, people_of, search
from triskel.registry.claims.refusals import OrganisationAlreadyYours
from triskel.registry.claims.rules import Claim, ClaimState, Facts, check_role
from triskel.registry.claims.schemas import ClaimAnswer, NewClaim, Rejection
from triskel.registry.organisations.commands import ORGANISATIONS

_COORDINATOR = allow(Role.COORDINATOR)
Claimant = Annotated[Caller, allow(Role.HEAD, Role.COMPANY)]
Watcher = Annotated[Caller, allow(Role.HEAD, Role.COMPANY, Role.COORDINATOR)]
Coordinator = Annotated[Caller, _COORDINATOR]
OnClaim = Annotated[Target[Claim, Facts], target_of(CLAIMS, "claim", _COORDINATOR)]

router = Router(tags=["claims"])


@router.post(
    "/v1/organisations/{organisation_id}/claims",
    status_code=201,
    summary="Claim an imported organisation: its official mailbox is asked, or the coordinator",
)
async def claim_organisation(
    caller: Claimant, context: Asked, organisation_id: UUID, body: NewClaim, response: Response
) -> ClaimAnswer:
    home = await ORGANISATIONS.get(context.session, organisation_id)
    caller.require_region(home.region)
    if caller.organisation is not None:
        raise OrganisationAlreadyYours
    check_role(body.role, caller.roles, OrganisationKind(home.kind))
    made = await claim(context, organisation_id, body.to_domain())
    set_etag(response, made.subject.version)
    response.headers["Location"] = f"/v1/claims/{made.subject.id}"
    return ClaimAnswer.of(made)


@router.get("/v1/claims", summary="Claims of the region, the oldest first")
async def find_claims(
    caller: Coordinator, context: Asked, page: Paging, state: ClaimState = ClaimState.OPEN
) -> Page[ClaimAnswer]:
    found, following = await search(context.session, caller.region, state, page)
    people = await people_of(context.session, found)
    attempts = await CLAIMS.attempts(context, found)
    items = [ClaimAnswer.of(attempt, people.get(attempt.subject.id)) for attempt in attempts]
    return Page(items=items, next=following)


@router.get("/v1/claims/{claim_id}", summary="One claim, for its claimant and the coordinator")
async def show_claim(
    caller: Watcher, context: Asked, claim_id: UUID, response: Response
) -> ClaimAnswer:
    known = await CLAIMS.get(context.session, claim_id)
    check_may_read(caller, known)
    people = await people_of(context.session, [known])
    set_etag(response, known.version)
    return ClaimAnswer.of(await CLAIMS.attempt(context, known), people.get(claim_id))


@router.post("/v1/claims/{claim_id}/approve", **described(actions.APPROVE))
async def approve_claim(on: OnClaim) -> ClaimAnswer:
    attempt = await approve(on.context, on.id, on.seen)
    set_etag(on.response, attempt.subject.version)
    return ClaimAnswer.of(attempt)


@router.post("/v1/claims/{claim_id}/reject", **described(actions.REJECT))
async def reject_claim(
    on: OnClaim, body: Annotated[Rejection, Body(default_factory=Rejection)]
) -> ClaimAnswer:
    attempt = await reject(on.context, on.id, on.seen, body.reason)
    set_etag(on.response, attempt.subject.version)
    return ClaimAnswer.of(attempt)
