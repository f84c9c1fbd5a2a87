"""`/v1/contacts`: people of organisations, seen by their own organisation and the coordinator."""

from collections.abc import Sequence
from datetime import date, datetime
from typing import Annotated, Any
from uuid import UUID
from zoneinfo import ZoneInfo

from fastapi import Request, Response
from pydantic import BaseModel, ConfigDict, Field

from triskel.chassis.auth import Caller, allow
from triskel.chassis.http import Events, IfMatch, Now, Router, Session, example, set_etag
from triskel.chassis.http.values import Day, OneLine
from triskel.contracts import registry as said
from triskel.contracts.codes import Channel, ContactLanguage, Role
from triskel.contracts.refusals import Invalid
from triskel.registry.contacts.commands import contacts as usecases
from triskel.registry.contacts.rules import contact as rules
from triskel.registry.contacts.tables import ContactRow
from triskel.registry.organisations.commands import one as one_organisation

router = Router(prefix="/v1/contacts", tags=["contacts"])

Member = Annotated[Caller, allow(Role.COORDINATOR, Role.HEAD, Role.TEACHER, Role.COMPANY)]
PersonName = Annotated[str, OneLine(longest=120, pattern=r"^[^<>]*$")]
Email = Annotated[str, OneLine(longest=254)]
Roles = Annotated[list[Role], Field(min_length=1, max_length=7)]
Channels = Annotated[list[Channel], Field(max_length=2)]
Languages = Annotated[list[ContactLanguage], Field(max_length=6)]
Consent = Annotated[
    Day | None,
    Field(
        description="the day of a consent that the coordinator holds: it confirms without a mail"
    ),
]


class NewContact(BaseModel):
    """Without `consent_given_on` the person gets a mail, and nothing else until they confirm."""

    model_config = ConfigDict(
        extra="forbid",
        json_schema_extra={
            "examples": [
                {
                    "organisation_id": "0199a1b2-0001-7000-8000-000000000001",
                    "name": "Maëlle Exemple",
                    "email": "maelle@ecole.example",
                    "roles": ["teacher"],
                    "language": "fr",
                    "languages": ["fr", "en"],
                }
            ]
        },
    )

    organisation_id: UUID
    name: PersonName
    email: Email
    roles: Roles
    language: ContactLanguage = ContactLanguage.FR
    languages: Languages = []
    channels: Channels = [Channel.EMAIL, Channel.INBOX]
    consent_given_on: Consent = None


class Changes(BaseModel):
    """A new address is confirmed anew."""

    model_config = example(language="en", channels=["email"])

    name: PersonName | None = None
    email: Email | None = None
    roles: Roles | None = None
    language: ContactLanguage | None = None
    languages: Languages | None = None
    channels: Channels | None = None
    consent_given_on: Consent = None


class Receipt(BaseModel):
    """Where the contact is. No name and no address: this answer is kept for repeated requests."""

    id: UUID
    organisation_id: UUID
    version: int


class Answer(said.Contact):
    """A person, how and when they agreed, and what may be done now."""

    confirmed_at: datetime | None
    consent_given_on: date | None
    invited_at: datetime | None
    invitation_expires_at: datetime | None
    allowed_actions: tuple[str, ...]


class Step(BaseModel):
    """`by` is a role, or `themselves`; `fields` are those that were changed."""

    version: int
    action: str
    by: str
    at: datetime
    fields: list[str]


class Elsewhere(BaseModel):
    """Where else something of this person is, and how to get it or what becomes of it."""

    where: str
    what: str
    how: str


class Export(BaseModel):
    """Everything that the registry holds about one person (GDPR, articles 15 and 20)."""

    as_of: datetime
    contact: Answer
    history: list[Step]
    elsewhere: list[Elsewhere]


async def _answers(session: Session, rows: Sequence[ContactRow], now: datetime) -> list[Answer]:
    claiming = await usecases.claiming(session, [row.id for row in rows])

    def answer(row: ContactRow) -> Answer:
        refused = rules.refusal_to_invite(row.confirmed, row.invited_at, row.id in claiming, now)
        return Answer(
            **row.model_dump(include=set(Answer.model_fields)),
            allowed_actions=() if refused else ("invite",),
        )

    return [answer(row) for row in rows]


async def _answer(session: Session, row: ContactRow, now: datetime) -> Answer:
    (answer,) = await _answers(session, [row], now)
    return answer


def _acting(caller: Caller, region: str, request: Request, now: datetime) -> usecases.Acting:
    coordinator = caller.coordinates(region)
    by = Role.COORDINATOR if coordinator else min(caller.roles)
    settings = request.app.state.settings
    zone = ZoneInfo(settings.time_zone)
    return usecases.Acting(str(by), coordinator, now, zone, settings.links)


def _plain(body: BaseModel, **options: Any) -> dict[str, Any]:
    """As the table takes it: codes as text, once each; dates as dates."""
    found = body.model_dump(mode="json", **options)
    for name in ("roles", "languages", "channels"):
        if found.get(name) is not None:
            found[name] = list(dict.fromkeys(found[name]))
    if "consent_given_on" in found:
        found["consent_given_on"] = getattr(body, "consent_given_on", None)
    return found


@router.post("", status_code=201, summary="Register a person of an organisation, and invite them")
async def register(
    caller: Member,
    body: NewContact,
    session: Session,
    events: Events,
    now: Now,
    request: Request,
    response: Response,
) -> Receipt:
    home = await one_organisation(session, body.organisation_id)
    caller.require_organisation(home.region, home.id)
    acting = _acting(caller, home.region, request, now)
    details = _plain(body, exclude={"organisation_id"})
    contact = await usecases.register(session, events, home.id, details, acting)
    return _receipt(contact, response, created=True)


def _receipt(
    contact: said.Contact | ContactRow, response: Response, *, created: bool = False
) -> Receipt:
    set_etag(response, contact.version)
    if created:
        response.headers["Location"] = f"/v1/contacts/{contact.id}"
    return Receipt(id=contact.id, organisation_id=contact.organisation_id, version=contact.version)


@router.get("", summary="The people of one organisation")
async def find(caller: Member, organisation_id: UUID, session: Session, now: Now) -> list[Answer]:
    home = await one_organisation(session, organisation_id)
    caller.require_organisation(home.region, home.id)
    rows = await usecases.of_organisation(session, organisation_id)
    return await _answers(session, rows, now)


@router.get("/{number}", summary="One person")
async def show(
    caller: Member, number: UUID, session: Session, now: Now, response: Response
) -> Answer:
    row = await usecases.one(session, number)
    caller.require_organisation(row.region, row.organisation_id)
    set_etag(response, row.version)
    return await _answer(session, row, now)


@router.get("/{number}/export", summary="Everything that is held about one person")
async def export(caller: Member, number: UUID, session: Session, now: Now) -> Export:
    row = await usecases.one(session, number)
    caller.require_organisation(row.region, row.organisation_id)
    steps = await usecases.history(session, number)
    return Export(
        as_of=now,
        contact=await _answer(session, row, now),
        history=[Step.model_validate(each.model_dump()) for each in steps],
        elsewhere=[
            Elsewhere(
                where="notifications",
                what="name, address, roles, languages and channels; which messages went when",
                how=f"GET /v1/people/{number}/export there",
            ),
            Elsewhere(
                where="the topic registry.contacts",
                what="the newest state; older records until the broker compacts them",
                how=f"an erasure (DELETE /v1/contacts/{number}) writes a tombstone for this key",
            ),
        ],
    )


@router.patch("/{number}", summary="Change a person's details")
async def update(
    caller: Member,
    number: UUID,
    body: Changes,
    seen: IfMatch,
    session: Session,
    events: Events,
    now: Now,
    request: Request,
    response: Response,
) -> Answer:
    row = await usecases.one(session, number)
    caller.require_organisation(row.region, row.organisation_id)
    changes = _plain(body, exclude_unset=True)
    for name, value in changes.items():
        if value is None:
            raise Invalid("value-missing", f"{name} cannot be empty.", field=name)
    acting = _acting(caller, row.region, request, now)
    row = await usecases.update(session, events, number, changes, seen, acting)
    set_etag(response, row.version)
    return await _answer(session, row, now)


@router.post("/{number}/invite", summary="Invite a person again; the older mail's link dies")
async def invite(
    caller: Member,
    number: UUID,
    seen: IfMatch,
    session: Session,
    events: Events,
    now: Now,
    request: Request,
    response: Response,
) -> Receipt:
    row = await usecases.one(session, number)
    caller.require_organisation(row.region, row.organisation_id)
    acting = _acting(caller, row.region, request, now)
    return _receipt(await usecases.invite(session, events, number, seen, acting), response)


@router.delete("/{number}", status_code=204, summary="Erase a person everywhere")
async def erase(caller: Member, number: UUID, session: Session, events: Events, now: Now) -> None:
    row = await usecases.one(session, number)
    caller.require_organisation(row.region, row.organisation_id)
    await usecases.erase(session, events, number, now)
