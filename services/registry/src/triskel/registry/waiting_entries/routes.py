"""`/v1/waiting-list`: schools without a company and companies without a school."""

from typing import Annotated
from uuid import UUID

from fastapi import Query, Request, Response
from pydantic import BaseModel, ConfigDict, Field
from pydantic.config import JsonDict
from sqlalchemy import select

from triskel.chassis.auth import Caller, allow
from triskel.chassis.http import (
    Events,
    IfMatch,
    Now,
    Page,
    Paging,
    Router,
    Session,
    home_region,
    set_etag,
)
from triskel.chassis.http.values import Language, Nace, SchoolYear
from triskel.chassis.paging import paginate
from triskel.contracts import registry as said
from triskel.contracts.codes import (
    ActivityFormat,
    Isced,
    IscedField,
    OrganisationKind,
    Role,
    Side,
    WaitingState,
)
from triskel.contracts.refusals import Forbidden
from triskel.registry.organisations.commands import one as one_organisation
from triskel.registry.waiting_entries import commands as usecases
from triskel.registry.waiting_entries import rules as rules
from triskel.registry.waiting_entries.tables import WaitingEntryRow

router = Router(prefix="/v1/waiting-list", tags=["waiting list"])

Member = Annotated[Caller, allow(Role.COORDINATOR, Role.HEAD, Role.TEACHER, Role.COMPANY)]
Reader = Annotated[
    Caller, allow(Role.COORDINATOR, Role.HEAD, Role.TEACHER, Role.COMPANY, Role.AUTHORITY)
]
_EXAMPLE: JsonDict = {
    "levels": ["3"],
    "subjects": ["053", "071"],
    "languages": ["fr"],
    "max_distance_km": 40,
    "formats": ["company-visit", "guest-lesson"],
    "sectors": ["26", "J"],
    "partners": 1,
}


class GivenWishes(BaseModel):
    """An empty list or null says nothing. `subjects` are narrow fields of ISCED-F 2013, `sectors`
    sections or divisions of NACE Rev. 2."""

    model_config = ConfigDict(extra="forbid", json_schema_extra={"examples": [_EXAMPLE]})

    levels: list[Isced] = Field(default=[], max_length=9)
    subjects: list[IscedField] = Field(default=[], max_length=15)
    languages: list[Language] = Field(default=[], max_length=10)
    max_distance_km: int | None = Field(default=None, ge=1, le=500)
    formats: list[ActivityFormat] = Field(default=[], max_length=7)
    sectors: list[Nace] = Field(default=[], max_length=30)
    partners: int = Field(default=1, ge=1, le=100, description="how many partnerships in all")

    def decided(self) -> rules.Wishes:
        return rules.Wishes(
            levels=tuple(sorted(set(self.levels))),
            subjects=tuple(sorted(set(self.subjects))),
            languages=tuple(sorted(set(self.languages))),
            max_distance_km=self.max_distance_km,
            formats=tuple(sorted(set(self.formats))),
            sectors=tuple(sorted(set(self.sectors))),
            partners=self.partners,
        )


class NewEntry(BaseModel):
    model_config = ConfigDict(
        extra="forbid",
        json_schema_extra={
            "examples": [
                {
                    "organisation_id": "0199a1b3-0000-7000-8000-000000000001",
                    "school_year": "2025-2026",
                    "wishes": _EXAMPLE,
                }
            ]
        },
    )

    organisation_id: UUID
    school_year: SchoolYear
    wishes: GivenWishes = GivenWishes()


class Answer(said.WaitingEntry):
    """An entry, with what this caller may do with it now."""

    allowed_actions: tuple[str, ...] = ()


def speaks_for(caller: Caller, organisation: UUID, side: Side) -> bool:
    return caller.organisation == organisation and caller.is_(*rules.SPEAKERS[side])


def actor_of(caller: Caller, row: WaitingEntryRow) -> rules.Actor:
    return rules.Actor(
        own=speaks_for(caller, row.organisation_id, Side(row.side)),
        coordinator=caller.coordinates(row.region),
    )


def role_of(caller: Caller, region: str, side: Side) -> Role:
    """The one role that events show."""
    if caller.coordinates(region):
        return Role.COORDINATOR
    if side is Side.HOST:
        return Role.COMPANY
    return Role.HEAD if caller.is_(Role.HEAD) else Role.TEACHER


def answer(caller: Caller, row: WaitingEntryRow) -> Answer:
    allowed = rules.allowed_actions(usecases.decided(row), actor_of(caller, row))
    return Answer(**usecases.state_of(row).model_dump(), allowed_actions=tuple(allowed))


@router.post("", status_code=201, summary="Wait for a partner")
async def wait(
    caller: Member,
    body: NewEntry,
    session: Session,
    events: Events,
    now: Now,
    request: Request,
    response: Response,
) -> Answer:
    organisation = await one_organisation(session, body.organisation_id, lock=True)
    home_region(request, organisation.region)
    side = rules.side_of(OrganisationKind(organisation.kind))
    own = speaks_for(caller, organisation.id, side)
    if not own and not caller.coordinates(organisation.region):
        raise Forbidden(
            "organisation-not-yours",
            "The organisation itself opens its entry, or the region's coordinator.",
        )
    by = role_of(caller, organisation.region, side)
    row = await usecases.open_entry(
        session, events, organisation, body.school_year, body.wishes.decided(), by, now
    )
    set_etag(response, row.version)
    response.headers["Location"] = f"/v1/waiting-list/{row.id}"
    return answer(caller, row)


@router.get("", summary="Who waits, the longest first")
async def find(
    page: Paging,
    caller: Reader,
    session: Session,
    side: Annotated[Side | None, Query()] = None,
    school_year: Annotated[SchoolYear | None, Query()] = None,
    state: WaitingState | None = None,
    organisation_id: UUID | None = None,
) -> Page[Answer]:
    """The region's for its coordinator and authorities; for others their own organisation's."""
    column = WaitingEntryRow.__table__.c
    statement = select(WaitingEntryRow)
    if caller.is_(Role.COORDINATOR, Role.AUTHORITY):
        statement = statement.where(column.region == caller.region)
    else:
        statement = statement.where(column.organisation_id == caller.organisation)
    filters = {
        "side": side,
        "school_year": school_year,
        "state": state,
        "organisation_id": organisation_id,
    }
    for name, value in filters.items():
        if value is not None:
            statement = statement.where(column[name] == value)
    rows, following = await paginate(session, statement, keys=[column.since, column.id], page=page)
    return Page(items=[answer(caller, row) for (row,) in rows], next=following)


@router.get("/{number}", summary="One entry")
async def show(caller: Reader, number: UUID, session: Session, response: Response) -> Answer:
    row = await usecases.one(session, number)
    if not (caller.is_(Role.AUTHORITY) and caller.region == row.region):
        caller.require_organisation(row.region, row.organisation_id)
    set_etag(response, row.version)
    return answer(caller, row)


@router.put("/{number}/wishes", summary="Change the wishes")
async def change(
    caller: Member,
    number: UUID,
    body: GivenWishes,
    seen: IfMatch,
    session: Session,
    events: Events,
    response: Response,
) -> Answer:
    """All of them: what is left out is no longer wished."""
    row = await usecases.one(session, number, lock=True)
    by = role_of(caller, row.region, Side(row.side))
    actor = actor_of(caller, row)
    await usecases.change(session, events, row, actor, seen, body.decided(), by)
    set_etag(response, row.version)
    return answer(caller, row)


@router.post("/{number}/withdraw", summary="Wait no longer")
async def withdraw(
    caller: Member,
    number: UUID,
    seen: IfMatch,
    session: Session,
    events: Events,
    now: Now,
    response: Response,
) -> Answer:
    row = await usecases.one(session, number, lock=True)
    by = role_of(caller, row.region, Side(row.side))
    await usecases.withdraw(session, events, row, actor_of(caller, row), seen, by, now)
    set_etag(response, row.version)
    return answer(caller, row)
