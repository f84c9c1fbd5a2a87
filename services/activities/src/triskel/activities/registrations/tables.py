"""Families' registrations for parents' days: counts and hashes of secrets, no person."""

from datetime import datetime
from uuid import UUID

from sqlmodel import Field

from triskel.activities.database import Table
from triskel.chassis.tables import moment


class RegistrationLinkRow(Table, table=True):
    """The one link of an activity, and what is counted. `uncounted_since`: the activity's state and
    events do not say these counts yet."""

    __tablename__ = "registration_links"

    activity_id: UUID = Field(primary_key=True, foreign_key="activities.id")
    token_hash: bytes = Field(unique=True)
    quota: int
    until: datetime = moment()
    closed_at: datetime | None = moment()
    booked: int = 0
    waiting: int = 0
    uncounted_since: datetime | None = moment()


class RegistrationRow(Table, table=True):
    """One family. Who has the secret of `token_hash` may look at it and cancel it."""

    __tablename__ = "registrations"

    id: UUID = Field(primary_key=True)
    activity_id: UUID = Field(foreign_key="registration_links.activity_id")
    token_hash: bytes = Field(unique=True)
    adults: int
    children: int
    state: str
    asked_at: datetime = moment()

    @property
    def size(self) -> int:
        return self.adults + self.children
