"""Conflicts with registers: those of an organisation, for its people and the coordinator, and all
of a region, for the coordinator."""

from typing import Annotated
from uuid import UUID

from triskel.chassis.auth import Caller, allow
from triskel.chassis.commands import Context
from triskel.chassis.http import Page, Paging, Router, set_etag
from triskel.chassis.http.actions import Asked, Target, described, target_of
from triskel.contracts.codes import Role
from triskel.registry.conflicts import actions
from triskel.registry.conflicts.commands import keep, take
from triskel.registry.conflicts.queries import Found, of_organisation, of_region, organisations_of
from triskel.registry.conflicts.schemas import ConflictAnswer, Decision
from triskel.registry.organisations.commands import ORGANISATIONS
from triskel.registry.organisations.rules.organisation import Facts, Organisation
from triskel.registry.organisations.schemas import OrganisationAnswer

_MEMBERS = allow(Role.COORDINATOR, Role.HEAD, Role.TEACHER, Role.COMPANY)
Member = Annotated[Caller, _MEMBERS]
Coordinator = Annotated[Caller, allow(Role.COORDINATOR)]
OnOrganisation = Annotated[
    Target[Organisation, Facts], target_of(ORGANISATIONS, "organisation", _MEMBERS)
]

router = Router(prefix="/v1", tags=["organisations"])


@router.get("/conflicts", summary="What registers say otherwise than people, the oldest first")
async def find_conflicts(caller: Coordinator, context: Asked, page: Paging) -> Page[ConflictAnswer]:
    return await _page(context, await of_region(context.session, caller.region, page))


@router.get(
    "/organisations/{organisation_id}/conflicts",
    summary="What its register says otherwise than its people, or the coordinator",
)
async def show_conflicts(
    caller: Member, context: Asked, organisation_id: UUID, page: Paging
) -> Page[ConflictAnswer]:
    organisation = await ORGANISATIONS.get(context.session, organisation_id)
    caller.require_organisation(organisation.region, organisation_id)
    return await _page(context, await of_organisation(context.session, organisation_id, page))


@router.post("/organisations/{organisation_id}/take-register-value", **described(actions.TAKE))
async def take_register_value(on: OnOrganisation, body: Decision) -> OrganisationAnswer:
    attempt = await take(on.context, on.id, on.seen, body.field)
    set_etag(on.response, attempt.subject.version)
    return OrganisationAnswer.of(attempt)


@router.post("/organisations/{organisation_id}/keep-own-value", **described(actions.KEEP))
async def keep_own_value(on: OnOrganisation, body: Decision) -> OrganisationAnswer:
    attempt = await keep(on.context, on.id, on.seen, body.field)
    set_etag(on.response, attempt.subject.version)
    return OrganisationAnswer.of(attempt)


async def _page(context: Context, found: Found) -> Page[ConflictAnswer]:
    rows, following = found
    organisations = await organisations_of(context.session, rows)
    items = [ConflictAnswer.of(row, organisations[row.organisation_id]) for row in rows]
    return Page(items=items, next=following)
