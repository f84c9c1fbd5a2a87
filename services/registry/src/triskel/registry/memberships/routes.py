"""`/v1/memberships`: who may act for an organisation, seen and decided by who leads it."""

from typing import Annotated
from uuid import UUID

from fastapi import Response

from triskel.chassis.auth import Caller, allow
from triskel.chassis.http import Page, Paging, Router, set_etag
from triskel.chassis.http.actions import Asked, Target, described, target_of
from triskel.contracts.codes import Role
from triskel.registry.memberships import actions
from triskel.registry.memberships.commands import MEMBERSHIPS, confirm_as, grant
from triskel.registry.memberships.queries import check_leads, check_may_see, search
from triskel.registry.memberships.refusals import MembersByHeadOnly
from triskel.registry.memberships.rules import Facts, Membership
from triskel.registry.memberships.schemas import (
    MailedToken,
    MembershipAnswer,
    NewMembership,
    NewRoles,
    Wanted,
)
from triskel.registry.organisations.commands import ORGANISATIONS

_ANYBODY = allow()
Leader = Annotated[Caller, allow(Role.COORDINATOR, Role.HEAD, Role.COMPANY)]
Anybody = Annotated[Caller, _ANYBODY]
OnMembership = Annotated[Target[Membership, Facts], target_of(MEMBERSHIPS, "membership", _ANYBODY)]

router = Router(prefix="/v1/memberships", tags=["memberships"])


@router.post("", status_code=201, summary="Let a known identity act for an organisation")
async def grant_membership(
    caller: Leader, context: Asked, body: NewMembership, response: Response
) -> MembershipAnswer:
    made = await grant(context, body.organisation_id, body.issuer, body.subject, body.once_each)
    response.headers["Location"] = f"/v1/memberships/{made.subject.id}"
    set_etag(response, made.subject.version)
    return MembershipAnswer.of(made)


@router.post(
    "/confirmations",
    status_code=201,
    summary="Confirm with the token of a mail, as who you are, and ask to be a member",
)
async def confirm_and_ask(
    caller: Anybody, context: Asked, body: MailedToken, response: Response
) -> MembershipAnswer:
    asked = await confirm_as(context, body.token)
    response.headers["Location"] = f"/v1/memberships/{asked.subject.id}"
    set_etag(response, asked.subject.version)
    return MembershipAnswer.of(asked)


@router.get("", summary="Members of an organisation, or of the region, the oldest first")
async def find_memberships(
    caller: Leader, context: Asked, wanted: Wanted, page: Paging
) -> Page[MembershipAnswer]:
    """Of an organisation for who leads it; of the whole region for its coordinator."""
    if wanted.organisation_id is not None:
        check_leads(caller, await ORGANISATIONS.get(context.session, wanted.organisation_id))
    elif not caller.coordinates(caller.region):
        raise MembersByHeadOnly
    found, following = await search(context.session, caller.region, wanted, page)
    attempts = await MEMBERSHIPS.attempts(context, found)
    return Page(items=[MembershipAnswer.of(attempt) for attempt in attempts], next=following)


@router.get("/{membership_id}", summary="One membership")
async def show_membership(
    caller: Anybody, context: Asked, membership_id: UUID, response: Response
) -> MembershipAnswer:
    membership = await MEMBERSHIPS.get(context.session, membership_id)
    attempt = await MEMBERSHIPS.attempt(context, membership)
    check_may_see(attempt)
    set_etag(response, membership.version)
    return MembershipAnswer.of(attempt)


@router.post("/{membership_id}/approve", **described(actions.APPROVE))
async def approve(on: OnMembership) -> MembershipAnswer:
    return MembershipAnswer.of(await on.act(actions.APPROVE))


@router.post("/{membership_id}/change-roles", **described(actions.CHANGE_ROLES))
async def change_roles(on: OnMembership, body: NewRoles) -> MembershipAnswer:
    return MembershipAnswer.of(await on.act(actions.CHANGE_ROLES, body.once_each))


@router.post("/{membership_id}/end", **described(actions.END))
async def end(on: OnMembership) -> MembershipAnswer:
    return MembershipAnswer.of(await on.act(actions.END))
