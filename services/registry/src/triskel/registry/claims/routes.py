"""Claims: `/v1/organisations/{id}/claims` by who says that they speak for it, `/v1/claims` for the
coordinator who decides where no official mailbox can."""

from datetime import datetime
from typing import Annotated, Literal
from uuid import UUID
from zoneinfo import ZoneInfo

from fastapi import Request, Response
from pydantic import BaseModel, ConfigDict

from triskel.chassis.auth import Caller, allow
from triskel.chassis.http import (
    Events,
    IfMatch,
    Now,
    Page,
    Paging,
    Router,
    Session,
    example,
    set_etag,
)
from triskel.chassis.http.values import OneLine
from triskel.chassis.paging import paginate
from triskel.contracts import registry as said
from triskel.contracts.codes import ContactLanguage, OrganisationKind, OrganisationStatus, Role
from triskel.contracts.refusals import Forbidden
from triskel.registry.claims import commands as usecases
from triskel.registry.claims import rules as rules
from triskel.registry.claims.rules import ClaimReason, ClaimState
from triskel.registry.claims.tables import ClaimRow
from triskel.registry.contacts.commands.contacts import Acting
from triskel.registry.contacts.routes.contacts import Email, PersonName
from triskel.registry.contacts.rules.contact import masked
from triskel.registry.organisations import commands as organisations
from triskel.registry.organisations.tables import OrganisationRow

router = Router(tags=["claims"])

Claimant = Annotated[Caller, allow(Role.HEAD, Role.COMPANY)]
Watcher = Annotated[Caller, allow(Role.HEAD, Role.COMPANY, Role.COORDINATOR)]
Coordinator = Annotated[Caller, allow(Role.COORDINATOR)]
ACTION_PATTERN = "^(approve|reject)$"


class NewClaim(BaseModel):
    """Who claims: they become the organisation's contact once the claim is verified."""

    model_config = ConfigDict(
        extra="forbid",
        json_schema_extra={
            "examples": [
                {
                    "name": "Maëlle Exemple",
                    "email": "maelle@ecole.example",
                    "role": "head",
                    "language": "fr",
                }
            ]
        },
    )

    name: PersonName
    email: Email
    role: Literal[Role.HEAD, Role.COMPANY]
    language: ContactLanguage = ContactLanguage.FR


class Claim(BaseModel):
    """`mailbox` is the official one that was asked, masked; null when the coordinator decides.
    `contact` is shown to the coordinator alone; both are null when the claim came to nothing,
    because its person is erased then."""

    id: UUID
    version: int
    region: str
    organisation_id: UUID
    contact_id: UUID | None
    contact: said.Contact | None = None
    state: ClaimState
    mailbox: str | None
    at: datetime
    expires_at: datetime
    decided_at: datetime | None
    reason: ClaimReason | None
    allowed_actions: tuple[str, ...]


class Decision(BaseModel):
    """Why a claim is rejected."""

    model_config = example(reason="not-verified")

    reason: ClaimReason = ClaimReason.NOT_VERIFIED


def _claim(
    row: ClaimRow,
    home: OrganisationRow,
    caller: Caller,
    now: datetime,
    contact: said.Contact | None = None,
) -> Claim:
    coordinator = caller.coordinates(row.region)
    state, status = ClaimState(row.state), OrganisationStatus(home.status)
    return Claim(
        **row.model_dump(include=set(Claim.model_fields)),
        contact=contact,
        mailbox=masked(home.mailbox) if row.by_mailbox and home.mailbox else None,
        allowed_actions=tuple(
            action
            for action in rules.ACTIONS
            if rules.refusal(action, state, row.expires_at, status, coordinator, now) is None
        ),
    )


@router.post(
    "/v1/organisations/{number}/claims",
    status_code=201,
    summary="Claim an imported organisation: its official mailbox is asked, or the coordinator",
)
async def claim(
    caller: Claimant,
    number: UUID,
    body: NewClaim,
    session: Session,
    events: Events,
    now: Now,
    request: Request,
    response: Response,
) -> Claim:
    home = await organisations.one(session, number)
    caller.require_region(home.region)
    if caller.organisation is not None:
        raise Forbidden(
            "organisation-already-yours",
            "Your token speaks for an organisation already; a claim is for who has none.",
        )
    rules.check_role(body.role, caller.roles, OrganisationKind(home.kind))
    details = {
        "name": body.name,
        "email": body.email,
        "roles": [str(body.role)],
        "language": str(body.language),
        "languages": [],
        "channels": ["email", "inbox"],
    }
    settings = request.app.state.settings
    zone = ZoneInfo(settings.time_zone)
    acting = Acting(str(body.role), False, now, zone, settings.links)
    who = usecases.claimant_of(caller.issuer, caller.subject)
    row = await usecases.claim(session, events, number, details, who, acting)
    set_etag(response, row.version)
    response.headers["Location"] = f"/v1/claims/{row.id}"
    return _claim(row, home, caller, now)


@router.get("/v1/claims", summary="Claims of the region, the oldest first")
async def find(
    page: Paging,
    caller: Coordinator,
    session: Session,
    now: Now,
    state: ClaimState = ClaimState.OPEN,
) -> Page[Claim]:
    column = ClaimRow.__table__.c
    statement = usecases.of_region(caller.region, state)
    rows, following = await paginate(session, statement, keys=[column.at, column.id], page=page)
    claims = [row for (row,) in rows]
    homes = await organisations.some(session, [row.organisation_id for row in claims])
    people = await usecases.people_of(session, claims)
    return Page(
        items=[
            _claim(row, homes[row.organisation_id], caller, now, people.get(row.contact_id))
            for row in claims
        ],
        next=following,
    )


@router.get("/v1/claims/{number}", summary="One claim, for its claimant and the coordinator")
async def show(
    caller: Watcher, number: UUID, session: Session, now: Now, response: Response
) -> Claim:
    row = await usecases.one(session, number)
    coordinator = caller.coordinates(row.region)
    if not coordinator and row.claimant != usecases.claimant_of(caller.issuer, caller.subject):
        raise Forbidden("claim-not-yours", "A claim is for its claimant and the coordinator.")
    home = await organisations.one(session, row.organisation_id)
    people = await usecases.people_of(session, [row]) if coordinator else {}
    set_etag(response, row.version)
    return _claim(row, home, caller, now, people.get(row.contact_id))


@router.post("/v1/claims/{number}/{action}", summary="Approve or reject a claim")
async def decide(
    caller: Coordinator,
    number: UUID,
    action: Annotated[str, OneLine(longest=20, pattern=ACTION_PATTERN)],
    seen: IfMatch,
    session: Session,
    events: Events,
    now: Now,
    response: Response,
    body: Decision | None = None,
) -> Claim:
    known = await usecases.one(session, number)
    reason = (body or Decision()).reason
    coordinator = caller.coordinates(known.region)
    row = await usecases.decide(session, events, number, action, reason, coordinator, seen, now)
    home = await organisations.one(session, row.organisation_id)
    set_etag(response, row.version)
    return _claim(row, home, caller, now)
