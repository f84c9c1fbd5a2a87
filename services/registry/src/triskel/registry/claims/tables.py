"""Claims of imported organisations."""

from datetime import datetime
from uuid import UUID

from sqlmodel import Field

from triskel.chassis.tables import moment
from triskel.registry.database import Table


class ClaimRow(Table, table=True):
    """`claimant` is a hash of who called. The contact is null when the claim came to nothing: its
    person is erased."""

    __tablename__ = "claims"

    id: UUID = Field(primary_key=True)
    version: int
    region: str
    organisation_id: UUID = Field(foreign_key="organisations.id")
    contact_id: UUID | None = Field(foreign_key="contacts.id")
    claimant: str
    by_mailbox: bool
    state: str
    at: datetime = moment()
    expires_at: datetime = moment()
    digest: str | None
    decided_at: datetime | None = moment()
    reason: str | None
