"""`/v1/registrations/page` and `/mine`: what families see in a browser."""

import secrets
from typing import Annotated
from urllib.parse import parse_qs

from fastapi import Query, Request
from fastapi.responses import HTMLResponse
from pydantic import ValidationError

from triskel.activities.gateways import pages
from triskel.activities.registrations import commands as usecases
from triskel.activities.registrations.schemas import PartyBody
from triskel.chassis.auth import public
from triskel.chassis.http import Now, Router, Session
from triskel.chassis.http.values import OneLine, Secret
from triskel.contracts.refusals import Invalid, NotFound, Refusal

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


def _html(text: str, status: int = 200) -> HTMLResponse:
    headers = {"Content-Security-Policy": pages.POLICY, "Cache-Control": "no-store"}
    return HTMLResponse(text, status, headers)


def _refused(language: str, refusal: Refusal) -> HTMLResponse:
    status = 404 if isinstance(refusal, NotFound) else 409
    return _html(pages.refused(language, refusal.rule), status)


def _language(request: Request, wanted: str | None) -> str:
    return pages.language_of(wanted, request.headers.get("accept-language", ""))


@router.get("/page", summary="The page of a link")
async def page(
    request: Request, session: Session, token: Asked, language: Wanted = None
) -> HTMLResponse:
    chosen = _language(request, language)
    try:
        a, link = await usecases.invitation(session, token)
    except Refusal as refusal:
        return _refused(chosen, refusal)
    assert a.slot is not None
    invitation = pages.Invitation(
        a.title, a.slot.starts_at, a.slot.time_zone, max(0, link.quota - link.booked)
    )
    # the family's own secret is in the form: to send it twice registers once
    own = secrets.token_urlsafe(usecases.TOKEN_BYTES)
    return _html(pages.registering(chosen, invitation, token, own))


@router.get("/mine", summary="The page of a registration")
async def mine(
    request: Request, session: Session, token: Asked, language: Wanted = None
) -> HTMLResponse:
    chosen = _language(request, language)
    try:
        found = await usecases.look(session, token)
    except Refusal as refusal:
        return _refused(chosen, refusal)
    return _html(_registered(chosen, found, token))


def _registered(language: str, found: usecases.Registered, own: str) -> str:
    return pages.registered(language, found.row.state, found.row.size, found.position, own)


@router.post("/page", summary="What the form sends", openapi_extra=_FORM)
@router.post("/mine", summary="What the form to cancel sends", openapi_extra=_FORM)
async def send(request: Request, session: Session, now: Now) -> HTMLResponse:
    given = {name: values[0] for name, values in _fields(await request.body()).items()}
    language = _language(request, given.pop("language", None))
    try:
        if own := given.get("cancel"):
            found = await usecases.cancel(session, own, now)
            return _html(_registered(language, found, own))
        party = _party(given)
        assert party.own_token is not None
        found = await usecases.register(
            session, party.token, party.adults, party.children, party.own_token, now
        )
    except Refusal as refusal:
        return _refused(language, refusal)
    return _html(_registered(language, found, party.own_token))


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
        raise Invalid("form-malformed", "The form was not sent as it was shown.") from None
