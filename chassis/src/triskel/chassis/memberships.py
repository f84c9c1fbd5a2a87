"""The projection that every service has: who may act for which organisation.

The registry of the organisation's region says it (`registry.memberships`); `auth` decides by it. A
registry keeps its own region's in a table of the same name and columns, and more, and those of
other regions beside it, as they are told.
"""

from collections.abc import Sequence
from uuid import UUID

from sqlalchemy import Text
from sqlalchemy.dialects.postgresql import ARRAY
from sqlalchemy.ext.asyncio import AsyncSession
from sqlmodel import Field, SQLModel

from triskel.chassis.consumer import ConsumedRecord, Projection
from triskel.contracts.registry import Membership

TOPIC = "registry.memberships"
TABLE = "memberships"
FOREIGN_TABLE = "foreign_memberships"

_COLUMNS = ("region", "organisation_id", "person", "roles", "state", "contact_id")
MEMBERSHIPS = Projection(TABLE, Membership, *_COLUMNS)
_FOREIGN = Projection(FOREIGN_TABLE, Membership, *_COLUMNS)


async def keep_foreign(session: AsyncSession, records: Sequence[ConsumedRecord]) -> None:
    """The registry's handler: what other regions say. It has said the others itself."""
    await _FOREIGN.keep(session, [record for record in records if record.origin is not None])


class MembershipColumns(SQLModel):
    """What a service's table has: `class MembershipRow(MembershipColumns, Table, table=True)`."""

    __tablename__ = TABLE

    id: UUID = Field(primary_key=True)
    version: int
    region: str
    organisation_id: UUID
    person: str
    roles: list[str] = Field(sa_type=ARRAY(Text), nullable=False)
    state: str
    contact_id: UUID | None = None


def membership_tables_v1(table: str = TABLE) -> list[str]:
    """SQL statements for a service's migration; a version, once released, never changes."""
    return [
        f"""
        create table {table} (
            id uuid primary key,
            version integer not null,
            region varchar not null,
            organisation_id uuid not null,
            person varchar not null,
            roles text[] not null,
            state varchar not null,
            contact_id uuid
        )
        """,
        f"create index {table}_of_person on {table} (person) where state = 'active'",
    ]
