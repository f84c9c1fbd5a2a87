"""People: personal data, erasable."""

from datetime import date, datetime
from uuid import UUID

from sqlmodel import Field

from triskel.chassis.shapes import Shape
from triskel.chassis.tables import moment, texts
from triskel.contracts import registry as contract
from triskel.registry.contacts.rules.contact import Contact
from triskel.registry.database import Table


class ContactRow(Table, table=True):
    """Of an invitation only the SHA-256 of its token is kept: who reads this table can confirm
    nobody."""

    __tablename__ = "contacts"

    id: UUID = Field(primary_key=True)
    version: int
    region: str
    organisation_id: UUID = Field(foreign_key="organisations.id")
    name: str
    email: str
    roles: list[str] = texts()
    language: str
    languages: list[str] = texts()
    channels: list[str] = texts()
    confirmed: bool
    confirmed_by: str | None
    confirmed_at: datetime | None = moment()
    consent_given_on: date | None
    invited_at: datetime | None = moment()
    invitation_digest: str | None
    invitation_expires_at: datetime | None = moment()
    erase_at: datetime | None = moment(default=None)


class ContactStepRow(Table, table=True):
    """What happened to a contact, when and by which role; of a change only what was changed, never
    its value."""

    __tablename__ = "contact_steps"

    contact_id: UUID = Field(primary_key=True, foreign_key="contacts.id")
    version: int = Field(primary_key=True)
    action: str
    by: str
    at: datetime = moment()
    fields: list[str] = texts()


class DepartureRow(Table, table=True):
    """When somebody last left an organisation, and no word of who: its partnerships are at risk
    until somebody confirms."""

    __tablename__ = "departures"

    organisation_id: UUID = Field(primary_key=True)
    at: datetime = moment()


CONTACT = Shape(
    Contact,
    ContactRow,
    contract.Contact,
    untold={
        "confirmed_at",
        "consent_given_on",
        "invited_at",
        "invitation_digest",
        "invitation_expires_at",
        "erase_at",
    },
)
