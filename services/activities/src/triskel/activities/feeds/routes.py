"""`/v1/feeds`: an organisation's activities in people's own calendars, and one as a file."""

import hashlib
from collections.abc import Sequence
from datetime import datetime
from typing import Annotated, Any, Literal
from uuid import UUID

from fastapi import Header, Query, Request, Response
from pydantic import BaseModel, Field

from triskel.activities.activities.commands import ACTIVITIES
from triskel.activities.activities.queries import check_may_read
from triskel.activities.activities.routes.target import Member, Reader
from triskel.activities.feeds import commands
from triskel.activities.feeds.icalendars import icalendar
from triskel.activities.feeds.refusals import FeedOrganisationUnknown, OrganisationMissing
from triskel.activities.feeds.rules import Entry
from triskel.activities.projections import OrganisationRow
from triskel.chassis.auth import Caller, public
from triskel.chassis.http import Now, Router, Session, example, home_region, keep_instead
from triskel.chassis.http.values import Secret

router = Router(prefix="/v1/feeds", tags=["calendars"])
files = Router(prefix="/v1/activities", tags=["calendars"])

MEDIA_TYPE = "text/calendar"
Lang = Annotated[Literal["fr", "en"], Query(description="of summaries and labels")]
_ICALENDAR: dict[int | str, dict[str, Any]] = {
    200: {"description": "RFC 5545", "content": {MEDIA_TYPE: {"schema": {"type": "string"}}}}
}
_UNCHANGED: dict[int | str, dict[str, Any]] = {304: {"description": "Not changed since"}}


class NewFeed(BaseModel):
    model_config = example(lang="fr")

    organisation_id: UUID | None = Field(
        default=None, description="a coordinator names it; for others it is their own"
    )
    lang: Literal["fr", "en"] = "fr"


class Feed(BaseModel):
    id: UUID
    organisation_id: UUID
    made_at: datetime


class MadeFeed(Feed):
    """`address` is told once: a repeat of the request has null. Who has it can read the feed."""

    address: str | None = Field(default=None, description="subscribe to it in a calendar")


async def _home(
    session: Session, caller: Caller, wanted: UUID | None, *, lock: bool = False
) -> OrganisationRow:
    organisation_id = wanted or caller.organisation
    if organisation_id is None:
        raise OrganisationMissing
    home = await session.get(OrganisationRow, organisation_id, with_for_update=lock)
    if home is None:
        raise FeedOrganisationUnknown(value=str(organisation_id))
    caller.require_organisation(home.region, home.id)
    return home


@router.post("", status_code=201, summary="An address to subscribe to, told once")
async def make(
    caller: Member,
    session: Session,
    now: Now,
    request: Request,
    response: Response,
    body: NewFeed | None = None,
) -> MadeFeed:
    wanted = body or NewFeed()
    home = await _home(session, caller, wanted.organisation_id, lock=True)
    home_region(request, home.region)
    row, secret = await commands.make(session, home, now)
    made = MadeFeed.model_validate(row, from_attributes=True)
    keep_instead(request, made)
    base = request.app.state.settings.public_url or str(request.base_url)
    address = f"{base.rstrip('/')}{router.prefix}/{secret}.ics?lang={wanted.lang}"
    response.headers["Location"] = f"{router.prefix}/{row.id}"
    return made.model_copy(update={"address": address})


@router.get("", summary="Your organisation's feeds, without their addresses")
async def find(caller: Member, session: Session, organisation_id: UUID | None = None) -> list[Feed]:
    home = await _home(session, caller, organisation_id)
    feeds = await commands.of_organisation(session, home.id)
    return [Feed.model_validate(feed, from_attributes=True) for feed in feeds]


@router.delete("/{feed_id}", status_code=204, summary="Revoke an address")
async def revoke(caller: Member, feed_id: UUID, session: Session) -> None:
    row = await commands.get(session, feed_id)
    caller.require_organisation(row.region, row.organisation_id)
    await session.delete(row)


@router.get(
    "/{secret}.ics",
    summary="The feed, for whoever has its address",
    dependencies=[public()],
    response_class=Response,
    responses=_ICALENDAR | _UNCHANGED,
)
async def read(
    secret: Secret,
    session: Session,
    now: Now,
    lang: Lang = "fr",
    if_none_match: Annotated[str | None, Header(max_length=2000)] = None,
) -> Response:
    """From three months back on; what was cancelled stays in it, as cancelled."""
    feed = await commands.by_secret(session, secret)
    entries = await commands.shown(session, feed.organisation_id, now)
    headers = {"ETag": _etag(entries, lang), "Cache-Control": "private, max-age=900"}
    known = [each.strip().removeprefix("W/") for each in (if_none_match or "").split(",")]
    if headers["ETag"] in known or "*" in known:
        return Response(status_code=304, headers=headers)
    return Response(icalendar(entries, "Triskel", lang), media_type=MEDIA_TYPE, headers=headers)


def _etag(entries: Sequence[Entry], lang: str) -> str:
    """Of what is shown, before it is written out: most readers come back for nothing new."""
    return f'"{hashlib.sha256(repr((lang, entries)).encode()).hexdigest()[:32]}"'


@files.get(
    "/{activity_id}/calendar.ics",
    summary="One activity as an iCalendar file",
    response_class=Response,
    responses=_ICALENDAR,
)
async def export(
    caller: Reader, activity_id: UUID, session: Session, lang: Lang = "fr"
) -> Response:
    activity = await ACTIVITIES.get(session, activity_id)
    check_may_read(caller, activity)
    entries = await commands.of_activity(session, activity)
    headers = {"Content-Disposition": f'attachment; filename="{activity_id}.ics"'}
    content = icalendar(entries, activity.title, lang)
    return Response(content, media_type=MEDIA_TYPE, headers=headers)
