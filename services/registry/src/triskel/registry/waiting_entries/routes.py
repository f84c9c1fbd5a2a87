"""`/v1/waiting-list`: schools without a company and companies without a school."""

from typing import Annotated
from uuid import UUID

from fastapi import Request, Response

from triskel.chassis.auth import Caller, allow
from triskel.chassis.http import Page, Paging, Router, home_region, set_etag
from triskel.chassis.http.actions import Asked, Target, described, target_of
from triskel.contracts.codes import Role
from triskel.registry.waiting_entries import actions
from triskel.registry.waiting_entries.commands import WAITING_ENTRIES, wait
from triskel.registry.waiting_entries.queries import check_may_read, lock_to_wait, search
from triskel.registry.waiting_entries.rules import Entry
from triskel.registry.waiting_entries.schemas import EntryAnswer, GivenWishes, NewEntry, Wanted

_MEMBERS = allow(Role.COORDINATOR, Role.HEAD, Role.TEACHER, Role.COMPANY)
Member = Annotated[Caller, _MEMBERS]
Reader = Annotated[
    Caller, allow(Role.COORDINATOR, Role.HEAD, Role.TEACHER, Role.COMPANY, Role.AUTHORITY)
]
OnEntry = Annotated[Target[Entry, None], target_of(WAITING_ENTRIES, "entry", _MEMBERS)]

router = Router(prefix="/v1/waiting-list", tags=["waiting list"])


@router.post("", status_code=201, summary="Wait for a partner")
async def open_entry(
    caller: Member, context: Asked, body: NewEntry, request: Request, response: Response
) -> EntryAnswer:
    waiting = await lock_to_wait(context.session, body.organisation_id, body.school_year)
    home_region(request, waiting.organisation.region)
    opened = await wait(context, waiting, body.school_year, body.wishes.to_domain())
    set_etag(response, opened.subject.version)
    response.headers["Location"] = f"/v1/waiting-list/{opened.subject.id}"
    return EntryAnswer.of(opened)


@router.get("", summary="Who waits, the longest first")
async def find_entries(
    caller: Reader, context: Asked, wanted: Wanted, page: Paging
) -> Page[EntryAnswer]:
    """The region's for its coordinator and authorities; for others their own organisation's."""
    found, following = await search(context.session, caller, wanted, page)
    attempts = await WAITING_ENTRIES.attempts(context, found)
    return Page(items=[EntryAnswer.of(attempt) for attempt in attempts], next=following)


@router.get("/{entry_id}", summary="One entry")
async def show_entry(
    caller: Reader, context: Asked, entry_id: UUID, response: Response
) -> EntryAnswer:
    entry = await WAITING_ENTRIES.get(context.session, entry_id)
    check_may_read(caller, entry)
    set_etag(response, entry.version)
    return EntryAnswer.of(await WAITING_ENTRIES.attempt(context, entry))


@router.put("/{entry_id}/wishes", **described(actions.CHANGE))
async def change_wishes(on: OnEntry, body: GivenWishes) -> EntryAnswer:
    return EntryAnswer.of(await on.act(actions.CHANGE, body.to_domain()))


@router.post("/{entry_id}/withdraw", **described(actions.WITHDRAW))
async def withdraw(on: OnEntry) -> EntryAnswer:
    return EntryAnswer.of(await on.act(actions.WITHDRAW))
