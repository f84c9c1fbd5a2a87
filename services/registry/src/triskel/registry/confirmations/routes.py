"""`/v1/contacts/confirmations` and the page `/confirm`: a token comes back. The token is the
credential: who follows a link in a mail has no account."""

from typing import Annotated, Any

from fastapi import Form, Query, Request
from fastapi.responses import HTMLResponse

from triskel.chassis.auth import public
from triskel.chassis.http import Events, Now, Router, Session
from triskel.chassis.http.languages import choose_language, language_of
from triskel.chassis.http.values import Secret
from triskel.chassis.pages import page_response
from triskel.registry.confirmations.commands import confirm
from triskel.registry.confirmations.queries import Confirmation, find_confirmation
from triskel.registry.confirmations.refusals import TokenUnknown
from triskel.registry.confirmations.schemas import ConfirmationAnswer, Token

_PAGE: dict[str, Any] = {
    "response_class": HTMLResponse,
    "responses": {
        404: {
            "description": "the same page for a link that never was, was used or is too old",
            "content": {"text/html": {"schema": {"type": "string"}}},
        }
    },
}

router = Router(tags=["contacts"], dependencies=[public()])


@router.post("/v1/contacts/confirmations", summary="Confirm with the token of a mail")
async def confirm_by_token(
    body: Token, session: Session, events: Events, now: Now
) -> ConfirmationAnswer:
    done = await confirm(session, events, body.token, now)
    return ConfirmationAnswer(
        contact_id=done.contact_id, organisation_id=done.organisation_id, claim_id=done.claim_id
    )


@router.get("/confirm", summary="The page of a link in a mail; it changes nothing", **_PAGE)
async def ask(
    request: Request, token: Annotated[Secret, Query()], session: Session, now: Now
) -> HTMLResponse:
    try:
        asked = await find_confirmation(session, token, now)
    except TokenUnknown:
        return _unknown(request)
    return _page(asked, "claim" if asked.claim_id else "ask", token=token, action=request.url.path)


@router.post("/confirm", summary="What the page's form sends", **_PAGE)
async def confirm_by_form(
    request: Request, token: Annotated[Secret, Form()], session: Session, events: Events, now: Now
) -> HTMLResponse:
    try:
        done = await confirm(session, events, token, now)
    except TokenUnknown:
        return _unknown(request)
    return _page(done, "claimed" if done.claim_id else "done")


def _page(confirmation: Confirmation, what: str, **form: Any) -> HTMLResponse:
    language, names = choose_language(confirmation.language), confirmation.names
    name = names.get(language) or names.get("en") or next(iter(names.values()), "…")
    return page_response(
        __package__,
        f"{language}.html",
        language=language,
        what=what,
        organisation=name,
        person=confirmation.person,
        **form,
    )


def _unknown(request: Request) -> HTMLResponse:
    language = language_of(request)
    return page_response(__package__, f"{language}.html", 404, language=language, what="unknown")
