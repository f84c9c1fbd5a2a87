"""The same create as FastAPI's and SQLModel's own tutorials would have it:
`TRISKEL_DATABASE_URL=… python -m benchmarks.processes.textbook PORT TOKEN_FILE`.

A token is checked, the body is validated, the key is looked up, and in one transaction the
organisation, a row of its history, its event for a relay and the answer under the key are written.
It writes a token that it accepts into the file.
"""

import json
import os
import sys
from collections.abc import AsyncIterator
from datetime import UTC, datetime
from pathlib import Path
from typing import Annotated, Any
from uuid import UUID, uuid4

import jwt
import uvicorn
from fastapi import Depends, FastAPI, Header, HTTPException, Response
from fastapi.security import HTTPAuthorizationCredentials, HTTPBearer
from sqlalchemy import ARRAY, BigInteger, Column, DateTime, Identity, LargeBinary, Text
from sqlalchemy.dialects.postgresql import JSONB
from sqlalchemy.ext.asyncio import AsyncSession, async_sessionmaker, create_async_engine
from sqlmodel import Field, SQLModel

from triskel.chassis.service import tune_gc
from triskel.chassis.testing.tokens import Tokens
from triskel.contracts.codes import OrganisationKind, Role


class OrganisationCreate(SQLModel):
    kind: OrganisationKind
    names: dict[str, str]


class OrganisationRead(SQLModel):
    id: UUID
    version: int
    region: str
    kind: OrganisationKind
    status: str
    names: dict[str, str]
    updated_at: datetime


class Organisation(SQLModel, table=True):
    __tablename__ = "organisations"

    id: UUID = Field(default_factory=uuid4, primary_key=True)
    version: int = 1
    region: str
    kind: OrganisationKind = Field(sa_type=Text)
    status: str = "approved"
    open: bool = True
    names: dict[str, str] = Field(sa_column=Column(JSONB, nullable=False))
    search_name: str
    levels: list[str] = Field(default_factory=list, sa_column=Column(ARRAY(Text), nullable=False))
    priority_education: bool = False
    sites: list[Any] = Field(default_factory=list, sa_column=Column(JSONB, nullable=False))
    updated_at: datetime = Field(sa_type=DateTime(timezone=True))
    answer_rank: int = 0


class Step(SQLModel, table=True):
    __tablename__ = "organisation_steps"

    organisation_id: UUID = Field(primary_key=True, foreign_key="organisations.id")
    version: int = Field(primary_key=True)
    action: str
    status: str
    by: str
    at: datetime = Field(sa_type=DateTime(timezone=True))


class OutboxRow(SQLModel, table=True):
    __tablename__ = "outbox"

    id: int | None = Field(default=None, sa_column=Column(BigInteger, Identity(), primary_key=True))
    topic: str
    key: str
    value: bytes = Field(sa_type=LargeBinary)
    headers: dict[str, str] = Field(sa_column=Column(JSONB, nullable=False))


class IdempotencyKey(SQLModel, table=True):
    __tablename__ = "idempotency_keys"

    caller: str = Field(primary_key=True)
    key: str = Field(primary_key=True)
    fingerprint: str
    status: int
    headers: dict[str, str] = Field(sa_column=Column(JSONB, nullable=False))
    body: bytes = Field(sa_type=LargeBinary)


port, token_file = sys.argv[1:]
tokens = Tokens()
Path(token_file).write_text(tokens.token(Role.COORDINATOR), encoding="utf-8")
public_key = tokens.key.public_key()
app = FastAPI()
engine = create_async_engine(
    os.environ["TRISKEL_DATABASE_URL"].replace("postgresql://", "postgresql+asyncpg://", 1)
)
sessions = async_sessionmaker(engine, expire_on_commit=False)
bearer = HTTPBearer()


async def session_of() -> AsyncIterator[AsyncSession]:
    async with sessions() as session:
        yield session


async def caller_of(
    credentials: Annotated[HTTPAuthorizationCredentials, Depends(bearer)],
) -> dict[str, Any]:
    try:
        claims: dict[str, Any] = jwt.decode(
            credentials.credentials, public_key, algorithms=["ES256"], audience="triskel"
        )
    except jwt.InvalidTokenError:
        raise HTTPException(401) from None
    if Role.COORDINATOR not in claims["roles"]:
        raise HTTPException(403)
    return claims


@app.post("/v1/organisations", status_code=201, response_model=OrganisationRead)
async def create(
    body: OrganisationCreate,
    caller: Annotated[dict[str, Any], Depends(caller_of)],
    session: Annotated[AsyncSession, Depends(session_of)],
    idempotency_key: Annotated[str, Header()],
    response: Response,
) -> Any:
    if kept := await session.get(IdempotencyKey, (caller["sub"], idempotency_key)):
        return Response(kept.body, kept.status, kept.headers)
    now = datetime.now(UTC)
    organisation = Organisation(
        kind=body.kind,
        names=body.names,
        region=caller["region"],
        search_name=" ".join(body.names.values()).lower(),
        updated_at=now,
    )
    answer = OrganisationRead.model_validate(organisation)
    text = answer.model_dump_json().encode()
    session.add(organisation)
    session.add(
        Step(
            organisation_id=organisation.id,
            version=1,
            action="register",
            status=organisation.status,
            by=Role.COORDINATOR,
            at=now,
        )
    )
    session.add(
        OutboxRow(
            topic="registry.organisations",
            key=str(organisation.id),
            value=text,
            headers={f"ce_{each}": str(uuid4()) for each in range(11)},
        )
    )
    response.headers["Location"] = f"/v1/organisations/{organisation.id}"
    session.add(
        IdempotencyKey(
            caller=caller["sub"],
            key=idempotency_key,
            fingerprint=json.dumps(body.model_dump()),
            status=201,
            headers={"location": response.headers["Location"]},
            body=text,
        )
    )
    await session.commit()
    return answer


tune_gc()
uvicorn.run(app, port=int(port), log_config=None, access_log=False)
