"""An example service: one table, one reader, routes that show what HTTP promises."""

from collections.abc import AsyncIterator, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Annotated, Any, Literal
from uuid import UUID

import pytest
from fastapi import FastAPI, Response
from pydantic import BaseModel, Field
from sqlalchemy import Integer, Text, Uuid, column, select, table, text
from sqlalchemy.ext.asyncio import AsyncSession

from triskel.chassis.auth import Caller, allow, public
from triskel.chassis.clock import Clock
from triskel.chassis.consumer import ConsumedRecord, Consumers
from triskel.chassis.database import Database
from triskel.chassis.http import IfMatch, Page, Paging, Router, Session, Upload, set_etag, upload
from triskel.chassis.outbox import Outbox
from triskel.chassis.paging import paginate
from triskel.chassis.service import ServiceSpec, Wiring
from triskel.chassis.settings import ServiceSettings
from triskel.chassis.testing import ApiClient, Tokens
from triskel.chassis.testing.fixtures import FreshDatabase, StartService
from triskel.chassis.versions import check_version
from triskel.contracts.codes import Role
from triskel.contracts.refusals import Conflict

EXAMPLE = Path(__file__).parent / "example" / "migrations"
LARGEST_FILE_BYTES = 8 * 1024 * 1024
THINGS = table("things", column("id", Uuid), column("version", Integer), column("state", Text))

router = Router(prefix="/v1/things", tags=["things"])
open_router = Router(prefix="/v1/open", tags=["things"], dependencies=[public()])


class Unlucky(Conflict):
    """A size is not thirteen."""

    field = "size"
    en = "Thirteen is refused."
    fr = "Treize est refusé."


class NewThing(BaseModel):
    id: UUID
    email: Annotated[str, Field(pattern="@")] = "a@b"
    size: Annotated[int, Field(ge=1)] = 1
    state: str | None = None


@router.post("", status_code=201)
async def make(
    caller: Annotated[Caller, allow(Role.TEACHER)], body: NewThing, session: Session
) -> dict[str, Any]:
    return await _make(body, session)


async def _make(body: NewThing, session: AsyncSession) -> dict[str, Any]:
    await session.execute(
        text("insert into things values (:id, 1, to_jsonb(cast(:state as text)))"),
        {"id": body.id, "state": body.state},
    )
    if body.size == 13:
        raise Unlucky(value=13)
    if body.size == 99:
        raise RuntimeError("a fault of ours")
    return {"id": str(body.id)}


class Report(BaseModel):
    size: int
    digest: str


@router.post("/files", status_code=201)
async def take(
    caller: Annotated[Caller, allow(Role.TEACHER)],
    sent: Annotated[Upload, upload(LARGEST_FILE_BYTES)],
) -> Report:
    return Report(size=len(sent.file.read()), digest=sent.digest.hex())


@router.get("")
async def find(
    page: Paging,
    caller: Annotated[Caller, allow()],
    session: Session,
    least: int = 0,
    by: Literal["version", "id"] = "version",
) -> Page[UUID]:
    statement = select(THINGS.c.id).where(THINGS.c.version >= least)
    keys = [THINGS.c.version, THINGS.c.id] if by == "version" else [THINGS.c.id, THINGS.c.version]
    rows, following = await paginate(session, statement, keys=keys, page=page)
    return Page(items=[row[0] for row in rows], next=following)


@router.patch("/{number}")
async def change(
    caller: Annotated[Caller, allow(Role.TEACHER)],
    number: UUID,
    seen: IfMatch,
    session: Session,
    response: Response,
) -> dict[str, int]:
    version = await session.scalar(
        text("select version from things where id = :id for update"), {"id": number}
    )
    check_version(seen, version)
    await session.execute(
        text("update things set version = version + 1 where id = :id"), {"id": number}
    )
    set_etag(response, version + 1)
    return {"version": version + 1}


@open_router.get("/count")
async def count(session: Session) -> int:
    return int(await session.scalar(text("select count(*) from things")) or 0)


@open_router.get("/writes")
async def writes(session: Session) -> None:
    await session.execute(text("delete from things"))


@open_router.get("/says/{statement}")
async def say(statement: str, session: Session) -> None:
    """What comes of any statement, so that a test can break what it likes."""
    await session.execute(text(statement))


@open_router.post("/says/{statement}", status_code=201)
async def say_in_writing(statement: str, session: Session) -> None:
    await session.execute(text(statement))


@open_router.post("", status_code=201)
async def make_openly(body: NewThing, session: Session) -> dict[str, Any]:
    return await _make(body, session)


def consumers(outbox: Outbox, clock: Clock) -> Consumers:
    heard = Consumers("metrics", projections=["seen"])

    @heard.on("registry.organisations")
    async def on_organisations(session: AsyncSession, records: Sequence[ConsumedRecord]) -> None:
        return None

    return heard


@dataclass
class Service:
    client: ApiClient
    app: FastAPI
    tokens: Tokens


@pytest.fixture
async def database(fresh_database: FreshDatabase) -> AsyncIterator[Database]:
    database = Database(await fresh_database(EXAMPLE))
    yield database
    await database.close()


@pytest.fixture
async def service(start_service: StartService, tokens: Tokens) -> AsyncIterator[Service]:
    spec = ServiceSpec(
        name="metrics",
        description="An example.",
        settings=ServiceSettings,
        migrations=EXAMPLE,
        routers=(router, open_router),
        wire=lambda settings: Wiring(consumers),
    )
    async with start_service(spec) as (client, app):
        yield Service(client, app, tokens)
