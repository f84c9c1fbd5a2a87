"""`/v1/me`: who a token says that somebody is, and for which organisations they may act."""

from typing import Annotated
from uuid import UUID

from fastapi import APIRouter, Request
from pydantic import BaseModel

from triskel.chassis.auth import Caller, Memberships, identified
from triskel.chassis.http.problems import PROBLEMS
from triskel.contracts.codes import Role
from triskel.contracts.people_codes import MemberRole

router = APIRouter(tags=["people"], responses=PROBLEMS)


class OwnMembership(BaseModel):
    """`organisation_id` is what `Triskel-Organisation` takes."""

    organisation_id: UUID
    roles: list[MemberRole]
    contact_id: UUID | None


class Me(BaseModel):
    """`person` is the pseudonym by which memberships name this person; `roles` are those that the
    token gives."""

    person: str
    region: str
    roles: list[Role]
    memberships: list[OwnMembership]


@router.get("/v1/me", summary="Who you are here, and for which organisations you may act")
async def show_me(caller: Annotated[Caller, identified()], request: Request) -> Me:
    """As this service knows it now."""
    memberships: Memberships = request.app.state.memberships
    return Me(
        person=caller.pseudonym,
        region=caller.region,
        roles=sorted(caller.roles),
        memberships=[
            OwnMembership(
                organisation_id=each.organisation_id,
                roles=sorted(each.roles),
                contact_id=each.contact_id,
            )
            for each in await memberships.read(caller)
        ],
    )
