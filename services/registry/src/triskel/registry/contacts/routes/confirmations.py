"""`/v1/contacts/confirmations` and the page `/confirm`: a token comes back. The token is the
credential: who follows a link in a mail has no account."""

from typing import Annotated, Any
from uuid import UUID

from fastapi import Form, Query, Request
from fastapi.responses import HTMLResponse
from pydantic import BaseModel, ConfigDict

from triskel.chassis.auth import public
from triskel.chassis.http import Events, Now, Router, Session
from triskel.chassis.http.values import Secret
from triskel.contracts.refusals import NotFound
from triskel.registry.contacts.commands import confirming as usecases
from triskel.registry.gateways.pages import PAGE_POLICY, page

router = Router(tags=["contacts"], dependencies=[public()])

_UNKNOWN: dict[int | str, dict[str, Any]] = {
    404: {
        "description": "the same page for a link that never was, was used or is too old",
        "content": {"text/html": {"schema": {"type": "string"}}},
    }
}
_HEADERS = {
    "Content-Security-Policy": PAGE_POLICY,
    "Cache-Control": "no-store",
    "X-Robots-Tag": "noindex",
}


class Confirming(BaseModel):
    model_config = ConfigDict(
        extra="forbid",
        json_schema_extra={"examples": [{"token": "0Wc3v1bN0n1d2mJ8uQ4tLxXg7yq9ZkPaR5eHfTsVwYo"}]},
    )

    token: Secret


class Confirmation(BaseModel):
    """Who is confirmed now, and as a contact of which organisation; `claim_id` is the claim that
    the official mailbox verified by it."""

    contact_id: UUID
    organisation_id: UUID
    claim_id: UUID | None


@router.post("/v1/contacts/confirmations", summary="Confirm with the token of a mail")
async def confirm(body: Confirming, session: Session, events: Events, now: Now) -> Confirmation:
    done = await usecases.accept(session, events, body.token, now)
    return Confirmation(
        contact_id=done.contact_id, organisation_id=done.organisation_id, claim_id=done.claim_id
    )


@router.get(
    "/confirm",
    summary="The page of a link in a mail; it changes nothing",
    response_class=HTMLResponse,
    responses=_UNKNOWN,
)
async def ask(
    request: Request, token: Annotated[Secret, Query()], session: Session, now: Now
) -> HTMLResponse:
    try:
        what = await usecases.asked(session, token, now)
    except NotFound:
        return _unknown(request)
    text = page(
        "claim" if what.claim_id else "ask",
        what.language,
        what.names,
        token=token,
        action=request.url.path,
        person=what.person,
    )
    return HTMLResponse(text, headers=_HEADERS)


@router.post(
    "/confirm",
    summary="What the page's form sends",
    response_class=HTMLResponse,
    responses=_UNKNOWN,
)
async def confirm_by_form(
    request: Request, token: Annotated[Secret, Form()], session: Session, events: Events, now: Now
) -> HTMLResponse:
    try:
        what = await usecases.accept(session, events, token, now)
    except NotFound:
        return _unknown(request)
    done = "claimed" if what.claim_id else "done"
    text = page(done, what.language, what.names, person=what.person)
    return HTMLResponse(text, headers=_HEADERS)


def _unknown(request: Request) -> HTMLResponse:
    wanted = request.headers.get("accept-language", "fr")
    return HTMLResponse(page("unknown", wanted), 404, headers=_HEADERS)
