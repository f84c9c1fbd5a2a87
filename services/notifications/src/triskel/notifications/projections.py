"""What events told of others."""

from uuid import UUID

from sqlalchemy import Column, Uuid
from sqlalchemy.dialects.postgresql import ARRAY
from sqlmodel import Field

from triskel.chassis.memberships import MembershipColumns
from triskel.chassis.regions import RegionColumns
from triskel.chassis.tables import document, texts
from triskel.notifications.database import Table


class ContactRow(Table, table=True):
    """Projection of registry.contacts: personal data, gone with the tombstone."""

    __tablename__ = "contacts"

    id: UUID = Field(primary_key=True)
    version: int
    region: str
    organisation_id: UUID
    name: str
    email: str
    roles: list[str] = texts()
    language: str
    channels: list[str] = texts()
    confirmed: bool


class ErasedContactRow(Table, table=True):
    """Only the id of an erased contact: a late copy of its record must not bring it back."""

    __tablename__ = "erased_contacts"

    id: UUID = Field(primary_key=True)


class MembershipRow(MembershipColumns, Table, table=True):
    """Projection of registry.memberships, by which callers are let in (`chassis.auth`)."""


class OrganisationRow(Table, table=True):
    """Projection of registry.organisations: what to call them, and whose they are. The region is
    null of one of which nothing was said since it is kept."""

    __tablename__ = "organisations"

    id: UUID = Field(primary_key=True)
    version: int
    region: str | None
    names: dict[str, str] = document()


class ActivityParticipantsRow(Table, table=True):
    """Projection of activities.activities: who takes part beside the two sides, organisations and
    people, as ids."""

    __tablename__ = "activity_participants"

    id: UUID = Field(primary_key=True)
    version: int
    region: str
    organisations: list[UUID] = Field(sa_column=Column(ARRAY(Uuid), nullable=False))
    contacts: list[UUID] = Field(sa_column=Column(ARRAY(Uuid), nullable=False))


class RegionRow(RegionColumns, Table, table=True):
    """Projection of registry.regions."""
