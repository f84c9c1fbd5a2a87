"""`/v1/partnerships`: propose, answer, sign, run, end; a route for each action."""

from typing import Annotated, Any
from uuid import UUID

from fastapi import Query, Request, Response

from triskel.chassis.actions import Attempt
from triskel.chassis.auth import Caller, allow
from triskel.chassis.commands import Context
from triskel.chassis.http import Page, Paging, Router, home_region, set_etag
from triskel.chassis.http.actions import Asked, Target, described, target_of
from triskel.chassis.pages import rendered_page
from triskel.contracts.codes import Role
from triskel.registry.partnerships import actions
from triskel.registry.partnerships.commands import (
    PARTNERSHIPS,
    amend,
    draft_agreement,
    lock_pair,
    propose,
    renew,
)
from triskel.registry.partnerships.queries import (
    actor_of,
    agreement_of,
    check_may_read,
    proposer,
    search,
    steps_of,
)
from triskel.registry.partnerships.rules.state import Facts, Partnership
from triskel.registry.partnerships.schemas import (
    Amendment,
    DraftBody,
    NewPartnership,
    PartnershipAnswer,
    PartnershipStep,
    ReasonBody,
    Renewal,
    Signing,
    Wanted,
)

_MEMBERS = allow(Role.COORDINATOR, Role.HEAD, Role.TEACHER, Role.COMPANY)
Member = Annotated[Caller, _MEMBERS]
Reader = Annotated[
    Caller, allow(Role.COORDINATOR, Role.HEAD, Role.TEACHER, Role.COMPANY, Role.AUTHORITY)
]
OnPartnership = Annotated[
    Target[Partnership, Facts], target_of(PARTNERSHIPS, "partnership", _MEMBERS)
]

Number = Annotated[int | None, Query(ge=1, le=9999, description="of an earlier document")]
_TEXT = {"schema": {"type": "string"}}
_BYTES = {"schema": {"type": "string", "format": "binary"}}
_PDF: dict[str, Any] = {
    "response_class": Response,
    "responses": {200: {"content": {"application/pdf": _BYTES}}},
}
_DOCUMENT: dict[str, Any] = {
    "response_class": Response,
    "responses": {200: {"content": {"text/html": _TEXT, "application/pdf": _BYTES}}},
}

router = Router(prefix="/v1/partnerships", tags=["partnerships"])


@router.post("", status_code=201, summary="Propose a partnership")
async def propose_partnership(
    caller: Member, context: Asked, body: NewPartnership, request: Request, response: Response
) -> PartnershipAnswer:
    pair = await lock_pair(context.session, body.school_id, body.company_id, body.school_year)
    home_region(request, pair.school.region)
    caller.require_organisation(pair.school.region, body.school_id, body.company_id)
    actor = proposer(caller, pair.school.region, body.school_id)
    return _created(await propose(context, pair, body.to_domain(), actor), response)


@router.get("", summary="Find partnerships")
async def find_partnerships(
    caller: Reader, context: Asked, wanted: Wanted, page: Paging
) -> Page[PartnershipAnswer]:
    found, following = await search(context.session, caller, wanted, page)
    attempts = await PARTNERSHIPS.attempts(context, found)
    return Page(items=[PartnershipAnswer.of(attempt) for attempt in attempts], next=following)


@router.get("/{partnership_id}", summary="One partnership")
async def show_partnership(
    caller: Reader, context: Asked, partnership_id: UUID, response: Response
) -> PartnershipAnswer:
    partnership = await PARTNERSHIPS.get(context.session, partnership_id)
    await check_may_read(context.session, caller, partnership)
    set_etag(response, partnership.version)
    return PartnershipAnswer.of(await PARTNERSHIPS.attempt(context, partnership))


@router.get("/{partnership_id}/history", summary="Who did what, when and why")
async def show_history(
    caller: Reader, context: Asked, partnership_id: UUID
) -> list[PartnershipStep]:
    partnership = await PARTNERSHIPS.get(context.session, partnership_id)
    await check_may_read(context.session, caller, partnership)
    steps = await steps_of(context.session, partnership_id)
    # free words are between those who act; authorities read what was done
    hidden = set() if actor_of(caller, partnership).sides else {"note"}
    return [PartnershipStep.model_validate(step.model_dump(exclude=hidden)) for step in steps]


@router.post("/{partnership_id}/accept", **described(actions.ACCEPT))
async def accept(on: OnPartnership) -> PartnershipAnswer:
    return PartnershipAnswer.of(await on.act(actions.ACCEPT))


@router.post("/{partnership_id}/decline", **described(actions.DECLINE))
async def decline(on: OnPartnership, body: ReasonBody) -> PartnershipAnswer:
    return PartnershipAnswer.of(await on.act(actions.DECLINE, body.reason, body.note))


@router.post("/{partnership_id}/withdraw", **described(actions.WITHDRAW))
async def withdraw(on: OnPartnership, body: ReasonBody) -> PartnershipAnswer:
    return PartnershipAnswer.of(await on.act(actions.WITHDRAW, body.reason, body.note))


@router.post("/{partnership_id}/leave", **described(actions.LEAVE))
async def leave(on: OnPartnership, body: ReasonBody) -> PartnershipAnswer:
    return PartnershipAnswer.of(await on.act(actions.LEAVE, body.reason, body.note))


@router.post("/{partnership_id}/draft-agreement", **described(actions.DRAFT_AGREEMENT))
async def draft(on: OnPartnership, body: DraftBody) -> PartnershipAnswer:
    return _changed(await draft_agreement(on.context, on.id, on.seen, body.language), on)


@router.get("/{partnership_id}/agreement", summary="The document to read and sign", **_DOCUMENT)
async def show_agreement(
    caller: Reader, context: Asked, partnership_id: UUID, request: Request, number: Number = None
) -> Response:
    """As a page, or as a PDF where `Accept` asks for it: that one has the digest. Without a number
    the newest."""
    row = await _agreement(caller, context, partnership_id, number)
    wants_pdf = "application/pdf" in request.headers.get("accept", "")
    return _pdf(row.pdf) if wants_pdf else rendered_page(row.page)


@router.get("/{partnership_id}/agreement.pdf", summary="The same as a PDF", **_PDF)
async def show_agreement_as_pdf(
    caller: Reader, context: Asked, partnership_id: UUID, number: Number = None
) -> Response:
    return _pdf((await _agreement(caller, context, partnership_id, number)).pdf)


@router.post("/{partnership_id}/sign", **described(actions.SIGN))
async def sign(on: OnPartnership, body: Signing) -> PartnershipAnswer:
    person = on.context.caller.person
    return PartnershipAnswer.of(await on.act(actions.SIGN, body.digest, person))


@router.post("/{partnership_id}/amend", **described(actions.AMEND))
async def amend_agreement(on: OnPartnership, body: Amendment) -> PartnershipAnswer:
    return _changed(await amend(on.context, on.id, on.seen, body.to_domain()), on)


@router.post("/{partnership_id}/renew", status_code=201, **described(actions.RENEW))
async def renew_partnership(on: OnPartnership, body: Renewal) -> PartnershipAnswer:
    following = await renew(on.context, on.id, on.seen, body.to_domain())
    return _created(following, on.response)


@router.post("/{partnership_id}/activate", **described(actions.ACTIVATE))
async def activate(on: OnPartnership) -> PartnershipAnswer:
    return PartnershipAnswer.of(await on.act(actions.ACTIVATE))


@router.post("/{partnership_id}/suspend", **described(actions.SUSPEND))
async def suspend(on: OnPartnership, body: ReasonBody) -> PartnershipAnswer:
    return PartnershipAnswer.of(await on.act(actions.SUSPEND, body.reason, body.note))


@router.post("/{partnership_id}/resume", **described(actions.RESUME))
async def resume(on: OnPartnership) -> PartnershipAnswer:
    return PartnershipAnswer.of(await on.act(actions.RESUME))


@router.post("/{partnership_id}/end", **described(actions.END))
async def end(on: OnPartnership, body: ReasonBody) -> PartnershipAnswer:
    return PartnershipAnswer.of(await on.act(actions.END, body.reason, body.note))


@router.post("/{partnership_id}/terminate", **described(actions.TERMINATE))
async def terminate(on: OnPartnership, body: ReasonBody) -> PartnershipAnswer:
    return PartnershipAnswer.of(await on.act(actions.TERMINATE, body.reason, body.note))


async def _agreement(
    caller: Caller, context: Context, partnership_id: UUID, number: int | None
) -> Any:
    partnership = await PARTNERSHIPS.get(context.session, partnership_id)
    await check_may_read(context.session, caller, partnership)
    return await agreement_of(context.session, partnership, number)


def _pdf(content: bytes) -> Response:
    return Response(content, media_type="application/pdf", headers={"Cache-Control": "no-store"})


def _changed(
    attempt: Attempt[Partnership, Facts], on: Target[Partnership, Facts]
) -> PartnershipAnswer:
    set_etag(on.response, attempt.subject.version)
    return PartnershipAnswer.of(attempt)


def _created(attempt: Attempt[Partnership, Facts], response: Response) -> PartnershipAnswer:
    set_etag(response, attempt.subject.version)
    response.headers["Location"] = f"/v1/partnerships/{attempt.subject.id}"
    return PartnershipAnswer.of(attempt)
