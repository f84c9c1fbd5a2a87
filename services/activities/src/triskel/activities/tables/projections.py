"""What events told of others."""

from uuid import UUID

from sqlmodel import Field

from triskel.activities.tables.columns import Base


class OrganisationRow(Base, table=True):
    """Projection of registry.organisations."""

    __tablename__ = "organisations"

    id: UUID = Field(primary_key=True)
    version: int
    region: str
    kind: str
    status: str
    open: bool


class PartnershipRow(Base, table=True):
    """Projection of registry.partnerships."""

    __tablename__ = "partnerships"

    id: UUID = Field(primary_key=True)
    version: int
    school_id: UUID
    company_id: UUID
    school_year: str
    state: str
