"""The projection that every service has: who may act for which organisation.

The registry says it (`registry.memberships`); `auth` decides by it. The registry has a table of the
same name and columns, and more, of its own.
"""

from uuid import UUID

from sqlalchemy import Text
from sqlalchemy.dialects.postgresql import ARRAY
from sqlmodel import Field, SQLModel

from triskel.chassis.consumer import Projection
from triskel.contracts.registry import Membership

TOPIC = "registry.memberships"
TABLE = "memberships"

MEMBERSHIPS = Projection(
    TABLE, Membership, "region", "organisation_id", "person", "roles", "state", "contact_id"
)


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


def membership_tables_v1() -> list[str]:
    """SQL statements for a service's migration; a version, once released, never changes."""
    return [
        f"""
        create table {TABLE} (
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
        f"create index {TABLE}_of_person on {TABLE} (person) where state = 'active'",
    ]
