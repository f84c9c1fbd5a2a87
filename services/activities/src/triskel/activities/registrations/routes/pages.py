"""`/v1/registrations/page` and `/mine`: what families see in a browser."""

from typing import Annotated, Any
from urllib.parse import parse_qs
from zoneinfo import ZoneInfo

from fastapi import Query, Request
from fastapi.responses import HTMLResponse
from pydantic import ValidationError
from sqlalchemy.ext.asyncio import AsyncSession

from triskel.activities.activities.commands import ACTIVITIES
from triskel.activities.activities.rules.activity import Slot
from triskel.activities.registrations import commands
from triskel.activities.registrations.refusals import FormMalformed
from triskel.activities.registrations.schemas import PartyBody
from triskel.chassis.auth import public
from triskel.chassis.http import Now, Router, Session
from triskel.chassis.http.languages import language_of
from triskel.chassis.http.values import OneLine, Secret
from triskel.chassis.pages import page_response
from triskel.chassis.secrets import new_secret
from triskel.contracts.refusals import NotFound, Refusal

WORDS: dict[str, dict[str, str]] = {
    "fr": {
        "heading": "Inscription",
        "when": "Le {date} à {time}",
        "free": "Il reste {free} places.",
        "full": "C'est complet : vous serez sur la liste d'attente.",
        "adults": "Adultes",
        "children": "Enfants",
        "send": "S'inscrire",
        "privacy": "Nous ne demandons ni nom ni adresse, et il n'y a pas de cookie.",
        "booked": "Vous êtes inscrits : {size} places.",
        "waiting": "Vous êtes sur la liste d'attente, à la place {position}.",
        "left": "L'inscription est annulée.",
        "keep": "Gardez cette adresse : elle montre l'inscription et permet de l'annuler.",
        "cancel": "Annuler l'inscription",
    },
    "en": {
        "heading": "Registration",
        "when": "On {date} at {time}",
        "free": "{free} places are left.",
        "full": "It is full: you will be on the waiting list.",
        "adults": "Adults",
        "children": "Children",
        "send": "Register",
        "privacy": "We ask for no name and no address, and there is no cookie.",
        "booked": "You are registered: {size} places.",
        "waiting": "You are on the waiting list, number {position}.",
        "left": "The registration is cancelled.",
        "keep": "Keep this address: it shows the registration and lets you cancel it.",
        "cancel": "Cancel the registration",
    },
}


_HTML = {"content": {"text/html": {"schema": {"type": "string"}}}}
_REFUSED = {
    404: {"description": "A link that is not valid", **_HTML},
    409: {"description": "Too late, or full", **_HTML},
}
router = Router(
    prefix="/v1/registrations",
    tags=["registrations"],
    dependencies=[public()],
    default_response_class=HTMLResponse,
    responses=_REFUSED,
)
Tag = Annotated[str, OneLine(longest=10, shortest=0)]
Asked = Annotated[Secret, Query()]
Wanted = Annotated[Tag | None, Query()]

_FORM = {
    "requestBody": {
        "content": {
            "application/x-www-form-urlencoded": {
                "schema": {
                    "type": "object",
                    "properties": {
                        name: {"type": "string"}
                        for name in ("token", "own_token", "adults", "children", "cancel")
                    },
                }
            }
        }
    }
}


def _page(language: str, status: int = 200, **given: Any) -> HTMLResponse:
    blank = {"invitation": None, "sentence": "", "when": "", "own": "", "token": ""}
    return page_response(
        "triskel.activities",
        "registration.html",
        status,
        language=language,
        words=WORDS[language],
        **(blank | given),
    )


def _refused(language: str, refusal: Refusal) -> HTMLResponse:
    status = 404 if isinstance(refusal, NotFound) else 409
    return _page(language, status, sentence=refusal.said_in(language))


def _language(request: Request, wanted: str | None) -> str:
    """The one asked for, else the one that the browser likes best."""
    return str(wanted) if wanted in WORDS else language_of(request)


@router.get("/page", summary="The page of a link")
async def page(
    request: Request, session: Session, token: Asked, language: Wanted = None
) -> HTMLResponse:
    chosen = _language(request, language)
    try:
        invited = await commands.invitation(session, token)
    except Refusal as refusal:
        return _refused(chosen, refusal)
    activity, link = invited.activity, invited.link
    invitation = {
        "title": activity.title,
        "free": max(0, link.quota - link.booked),
        "most": invited.limits,
    }
    # the family's own secret is in the form: to send it twice registers once
    own = new_secret(commands.TOKEN_BYTES)
    when = _when(chosen, activity.slot)
    return _page(chosen, invitation=invitation, when=when, token=token, own=own)


@router.get("/mine", summary="The page of a registration")
async def mine(
    request: Request, session: Session, token: Asked, language: Wanted = None
) -> HTMLResponse:
    chosen = _language(request, language)
    try:
        found = await commands.look(session, token)
    except Refusal as refusal:
        return _refused(chosen, refusal)
    return await _registered(session, chosen, found, token)


async def _registered(
    session: AsyncSession, language: str, found: commands.Registered, own: str
) -> HTMLResponse:
    """With the date as it is now: nobody has an address of theirs to write to of another one."""
    row = found.row
    activity = await ACTIVITIES.get(session, row.activity_id)
    sentence = WORDS[language][row.state].format(size=row.size, position=found.position)
    left = row.state == "left"
    when = "" if left else _when(language, activity.slot)
    return _page(language, sentence=sentence, when=when, own="" if left else own)


def _when(language: str, slot: Slot | None) -> str:
    """As people there read it."""
    if slot is None:
        return ""
    start = slot.starts_at.astimezone(ZoneInfo(slot.time_zone))
    date, time = start.strftime("%d/%m/%Y"), start.strftime("%H:%M")
    return WORDS[language]["when"].format(date=date, time=time)


@router.post("/page", summary="What the form sends", openapi_extra=_FORM)
@router.post("/mine", summary="What the form to cancel sends", openapi_extra=_FORM)
async def send(request: Request, session: Session, now: Now) -> HTMLResponse:
    given = {name: values[0] for name, values in _fields(await request.body()).items()}
    language = _language(request, given.pop("language", None))
    try:
        if own := given.get("cancel"):
            cancelled = await commands.cancel(session, own, now)
            return await _registered(session, language, cancelled, own)
        party = _party(given)
        assert party.own_token is not None
        found = await commands.register(
            session, party.token, party.adults, party.children, party.own_token, now
        )
    except Refusal as refusal:
        return _refused(language, refusal)
    return await _registered(session, language, found, party.own_token)


def _fields(body: bytes) -> dict[str, list[str]]:
    try:
        return parse_qs(body.decode(), max_num_fields=10)
    except ValueError:
        return {}


def _party(given: dict[str, str]) -> PartyBody:
    """Raises `Invalid` for what our form does not send."""
    try:
        return PartyBody.model_validate({"own_token": "", **given})
    except ValidationError:
        raise FormMalformed from None
