"""`/v1/programmes`: a partnership's targets of a school year, against what is planned and done."""

import csv
import io
from typing import Annotated, Any
from uuid import UUID

from fastapi import Depends, Path, Query, Request, Response
from pydantic import BaseModel, ConfigDict, Field
from sqlalchemy import or_

from triskel.activities.activities.queries import sides_of
from triskel.activities.activities.routes.target import Member, Reader
from triskel.activities.activities.schemas import Body
from triskel.activities.programmes import commands as usecases
from triskel.activities.programmes import rules as rules
from triskel.activities.projections import PartnershipRow
from triskel.chassis.actions import Actor
from triskel.chassis.auth import Caller
from triskel.chassis.http import (
    Events,
    IfMatchWhereKnown,
    Page,
    Paging,
    Router,
    Session,
    home_region,
    set_etag,
)
from triskel.chassis.http.values import SchoolYear
from triskel.chassis.paging import paginate
from triskel.contracts import activities as said
from triskel.contracts.codes import ActivityFormat, PartnershipState, Role

router = Router(prefix="/v1", tags=["programmes"])
CSV_COLUMNS = (
    *("school_year", "partnership_id", "school_id", "host_id", "partnership_state", "format"),
    *("target_activities", "asked", "planned", "delivered", "fallen_through"),
    *("target_pupils", "pupils", "hours"),
)


class GivenTarget(Body):
    format: ActivityFormat
    activities: int = Field(ge=0, le=1000)
    pupils: int | None = Field(default=None, ge=0, le=100_000)


class Targets(Body):
    model_config = ConfigDict(
        extra="forbid",
        json_schema_extra={
            "examples": [
                {
                    "targets": [
                        {"format": "guest-lesson", "activities": 4, "pupils": 120},
                        {"format": "company-visit", "activities": 2, "pupils": 60},
                    ]
                }
            ]
        },
    )

    targets: list[GivenTarget] = Field(max_length=len(ActivityFormat))


class FormatProgress(BaseModel):
    """`fallen_through`: declined, withdrawn, expired, cancelled, or nobody came. `pupils` attended,
    each as often as they came. `hours` null: the format's slot is a span of weeks."""

    format: ActivityFormat
    target_activities: int | None
    target_pupils: int | None
    asked: int
    planned: int
    delivered: int
    fallen_through: int
    pupils: int
    hours: float | None


class ProgrammeAnswer(BaseModel):
    """`version` 0: nobody has set targets yet; then the first PUT needs no If-Match."""

    partnership_id: UUID
    school_id: UUID
    host_id: UUID
    school_year: SchoolYear
    region: str
    version: int
    partnership_state: PartnershipState
    targets: tuple[said.Target, ...]
    progress: list[FormatProgress]
    allowed_actions: list[str]


def _actor(caller: Caller, region: str, school: UUID, host: UUID) -> Actor:
    return Actor(caller.roles, sides_of(caller, region, school, host))


def _answer(caller: Caller, seen: usecases.Overview) -> ProgrammeAnswer:
    known = seen.programme
    actor = _actor(caller, known.region, known.school_id, known.host_id)
    targets = {target.format: target for target in known.targets}
    progress = [
        FormatProgress(
            **vars(done),
            target_activities=targets[done.format].activities if done.format in targets else None,
            target_pupils=targets[done.format].pupils if done.format in targets else None,
        )
        for done in seen.progress
    ]
    return ProgrammeAnswer(
        partnership_id=known.partnership_id,
        school_id=known.school_id,
        host_id=known.host_id,
        school_year=known.school_year,
        region=known.region,
        version=known.version,
        partnership_state=PartnershipState(seen.partnership_state),
        targets=tuple(said.Target(**vars(target)) for target in known.targets),
        progress=progress,
        allowed_actions=[] if rules.refusal(actor, seen.partnership_state) else ["set"],
    )


async def _found(
    page: Paging,
    caller: Reader,
    session: Session,
    partnership_id: UUID | None = None,
    school_id: UUID | None = None,
    host_id: UUID | None = None,
    school_year: Annotated[SchoolYear | None, Query()] = None,
) -> Page[ProgrammeAnswer]:
    """Those of one's own organisation; a region's for its coordinator and authorities."""
    column = PartnershipRow.__table__.c
    filters: dict[str, Any] = {
        "id": partnership_id,
        "school_id": school_id,
        "company_id": host_id,
        "school_year": school_year,
    }
    statement = usecases.wanted(filters)
    if caller.is_(Role.COORDINATOR, Role.AUTHORITY):
        statement = statement.where(column.region == caller.region)
    else:
        own = caller.organisation
        statement = statement.where(or_(column.school_id == own, column.company_id == own))
    rows, following = await paginate(
        session, statement, keys=[column.school_year, column.id], page=page
    )
    seen = await usecases.overviews(session, [(row[0], row[1]) for row in rows])
    return Page(items=[_answer(caller, each) for each in seen], next=following)


Found = Annotated[Page[ProgrammeAnswer], Depends(_found)]


@router.get("/programmes", summary="Programmes: targets, planned and delivered")
async def find(found: Found) -> Page[ProgrammeAnswer]:
    """Each partnership has one, whether anybody has set targets or not."""
    return found


@router.get(
    "/programmes.csv",
    summary="Programmes, as CSV",
    response_class=Response,
    responses={
        200: {
            "description": "One line for each programme and format; Link names the next page",
            "content": {"text/csv": {"schema": {"type": "string"}}},
        }
    },
)
async def find_csv(found: Found, request: Request) -> Response:
    out = io.StringIO(newline="")
    writer = csv.DictWriter(out, CSV_COLUMNS, extrasaction="ignore", restval="")
    writer.writeheader()
    for each in found.items:
        for done in each.progress:
            writer.writerow(each.model_dump(mode="json") | done.model_dump(mode="json"))
    headers = {"Content-Disposition": 'attachment; filename="programmes.csv"'}
    if found.next is not None:
        following = request.url.include_query_params(cursor=found.next)
        headers["Link"] = f'<{following.path}?{following.query}>; rel="next"'
    return Response(out.getvalue(), media_type="text/csv; charset=utf-8", headers=headers)


async def _one(
    session: Session,
    partnership_id: UUID,
    school_year: Annotated[SchoolYear, Path()],
) -> tuple[Any, Any]:
    return await usecases.one(session, partnership_id, school_year)


One = Annotated[tuple[Any, Any], Depends(_one)]


@router.get("/programmes/{partnership_id}/{school_year}", summary="One programme")
async def show(caller: Reader, one: One, session: Session, response: Response) -> ProgrammeAnswer:
    partnership, _ = one
    if not (caller.is_(Role.AUTHORITY) and caller.region == partnership.region):
        caller.require_organisation(
            partnership.region or "", partnership.school_id, partnership.company_id
        )
    return await _shown(caller, one, session, response)


@router.put("/programmes/{partnership_id}/{school_year}", summary="Set the targets")
async def put(
    caller: Member,
    one: One,
    body: Targets,
    seen: IfMatchWhereKnown,
    session: Session,
    events: Events,
    request: Request,
    response: Response,
) -> ProgrammeAnswer:
    """With If-Match where somebody has set them already."""
    partnership, _ = one
    region = home_region(request, partnership.region or "")
    actor = _actor(caller, region, partnership.school_id, partnership.company_id)
    targets = [rules.Target(**target.model_dump()) for target in body.targets]
    await usecases.put(session, events, partnership, actor, targets, seen)
    known = await usecases.one(session, partnership.id, partnership.school_year)
    return await _shown(caller, known, session, response)


async def _shown(
    caller: Caller, one: tuple[Any, Any], session: Session, response: Response
) -> ProgrammeAnswer:
    (seen,) = await usecases.overviews(session, [one])
    set_etag(response, seen.programme.version)
    return _answer(caller, seen)
