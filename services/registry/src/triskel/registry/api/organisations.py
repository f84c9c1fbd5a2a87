"""`/v1/organisations`: register, find, decide, update."""

from typing import Annotated, Any
from uuid import UUID

from fastapi import Path, Query, Request, Response
from pydantic import BaseModel, ConfigDict, Field, StringConstraints

from triskel.chassis.auth import Caller, allow
from triskel.chassis.http import (
    Cursor,
    Events,
    IfMatch,
    Limit,
    Page,
    Router,
    Session,
    home_region,
    paginate,
    set_etag,
)
from triskel.contracts import registry as said
from triskel.contracts.codes import (
    IdentifierScheme,
    Isced,
    Language,
    OrganisationKind,
    OrganisationStatus,
    Region,
    Role,
)
from triskel.contracts.refusals import Invalid
from triskel.registry.domain import organisation as rules
from triskel.registry.tables import OrganisationRow
from triskel.registry.usecases import organisations as usecases

router = Router(prefix="/v1/organisations", tags=["organisations"])

Anybody = Annotated[Caller, allow()]
Member = Annotated[Caller, allow(Role.COORDINATOR, Role.HEAD, Role.TEACHER, Role.COMPANY)]
Coordinator = Annotated[Caller, allow(Role.COORDINATOR)]

Name = Annotated[str, StringConstraints(min_length=1, max_length=200, strip_whitespace=True)]
Reason = Annotated[str, StringConstraints(min_length=3, max_length=500, strip_whitespace=True)]
ACTION_PATTERN = "^(approve|reject|claim|suspend|reinstate|withdraw)$"


class GivenIdentifier(BaseModel):
    scheme: IdentifierScheme
    value: str = Field(max_length=40)


class Details(BaseModel):
    """What may be said of an organisation; all optional, as in a change."""

    model_config = ConfigDict(extra="forbid")

    names: dict[Language, Name] | None = Field(default=None, min_length=1)
    identifiers: list[GivenIdentifier] | None = Field(default=None, max_length=10)
    levels: list[Isced] | None = None
    sector: str | None = Field(default=None, max_length=10, description="NACE Rev. 2")
    address: said.Address | None = None
    position: said.Position | None = None
    nuts3: str | None = Field(default=None, pattern=r"^[A-Z]{2}[A-Z0-9]{3}$")
    pupils: int | None = Field(default=None, ge=0, le=100_000)
    priority_education: bool | None = None
    public_sector: bool | None = None
    partnership_capacity: int | None = Field(default=None, ge=0, le=1000)


class NewOrganisation(Details):
    model_config = ConfigDict(
        extra="forbid",
        json_schema_extra={
            "examples": [
                {
                    "kind": "company",
                    "names": {"fr": "Atelier Optique de la Vilaine"},
                    "identifiers": [{"scheme": "siren", "value": "732829320"}],
                    "sector": "26.70",
                    "position": {"latitude": 48.11, "longitude": -1.67},
                    "partnership_capacity": 3,
                }
            ]
        },
    )

    kind: OrganisationKind
    region: Region | None = Field(default=None, description="your token's region, if not given")
    names: dict[Language, Name] = Field(min_length=1)


class Answer(said.Organisation):
    """An organisation, with what this caller may do with it now."""

    allowed_actions: tuple[str, ...] = ()
    distance_km: float | None = None


class Why(BaseModel):
    reason: Reason | None = None


def actor_of(caller: Caller, region: str, number: UUID) -> rules.Actor:
    return rules.Actor(own=caller.organisation == number, coordinator=caller.coordinates(region))


def answer(caller: Caller, public: said.Organisation, distance: float | None = None) -> Answer:
    actor = actor_of(caller, public.region, public.id)
    return Answer(
        **public.model_dump(),
        allowed_actions=tuple(rules.allowed_actions(public.status, actor)),
        distance_km=None if distance is None else round(distance, 2),
    )


@router.post("", status_code=201, summary="Register an organisation")
async def register(
    caller: Member,
    body: NewOrganisation,
    session: Session,
    events: Events,
    request: Request,
    response: Response,
) -> Answer:
    region = home_region(request, body.region or caller.region)
    caller.require_region(region)
    details = body.model_dump(exclude={"region"}, exclude_none=True)
    details.setdefault("levels", [])
    details.setdefault("priority_education", False)
    public = await usecases.register(session, events, details, region, caller.roles)
    set_etag(response, public.version)
    response.headers["Location"] = f"/v1/organisations/{public.id}"
    return answer(caller, public)


@router.get("", summary="Find organisations")
async def find(
    caller: Anybody,
    session: Session,
    q: Annotated[str | None, Query(max_length=100, description="words of the name")] = None,
    kind: OrganisationKind | None = None,
    status: OrganisationStatus | None = None,
    level: Isced | None = None,
    open: bool | None = None,
    latitude: Annotated[float | None, Query(ge=-90, le=90)] = None,
    longitude: Annotated[float | None, Query(ge=-180, le=180)] = None,
    km: Annotated[float, Query(gt=0, le=500)] = 20,
    limit: Limit = 50,
    cursor: Cursor = None,
) -> Page[Answer]:
    if (latitude is None) != (longitude is None):
        raise Invalid(
            "position-incomplete",
            "A search around a place needs latitude and longitude.",
            field="longitude" if longitude is None else "latitude",
        )
    near = None if latitude is None or longitude is None else (latitude, longitude, km)
    statement = usecases.search(
        usecases.Search(words=q, kind=kind, status=status, level=level, open=open, near=near)
    )
    columns = OrganisationRow.__table__.c  # type: ignore[attr-defined]
    rows, following = await paginate(
        session, statement, keys=[columns.search_name, columns.id], limit=limit, cursor=cursor
    )
    known = await usecases.identifiers_of(session, [row[0].id for row in rows])
    items = [answer(caller, usecases.state_of(row, known[row.id]), km) for row, km in rows]
    return Page(items=items, next=following)


@router.get("/{number}", summary="One organisation")
async def show(caller: Anybody, number: UUID, session: Session, response: Response) -> Answer:
    public = await usecases.state(session, await usecases.one(session, number))
    set_etag(response, public.version)
    return answer(caller, public)


@router.patch("/{number}", summary="Change details")
async def update(
    caller: Member,
    number: UUID,
    body: Details,
    seen: IfMatch,
    session: Session,
    events: Events,
    response: Response,
) -> Answer:
    row = await usecases.one(session, number)
    caller.require_organisation(row.region, row.id)
    changes: dict[str, Any] = body.model_dump(exclude_unset=True)
    for name in ("names", "levels", "priority_education"):
        if name in changes and changes[name] is None:
            raise Invalid("value-missing", f"{name} cannot be empty.", field=name)
    public = await usecases.update(session, events, number, changes, seen)
    set_etag(response, public.version)
    return answer(caller, public)


@router.post("/{number}/{action}", summary="Approve, reject, claim, suspend, reinstate, withdraw")
async def decide(
    caller: Member,
    number: UUID,
    action: Annotated[str, Path(pattern=ACTION_PATTERN)],
    seen: IfMatch,
    session: Session,
    events: Events,
    response: Response,
    body: Why | None = None,
) -> Answer:
    row = await usecases.one(session, number)
    actor = actor_of(caller, row.region, number)
    reason = body.reason if body else None
    public = await usecases.decide(session, events, number, action, actor, seen, reason)
    set_etag(response, public.version)
    return answer(caller, public)
