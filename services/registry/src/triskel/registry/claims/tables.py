"""Claims of imported organisations."""

from datetime import datetime
from uuid import UUID

from sqlmodel import Field

from triskel.chassis.shapes import Shape
from triskel.chassis.tables import moment
from triskel.registry.claims.rules import Claim
from triskel.registry.database import Table


class ClaimRow(Table, table=True):
    """Goes with the person, when somebody has them erased."""

    __tablename__ = "claims"

    id: UUID = Field(primary_key=True)
    version: int
    region: str
    organisation_id: UUID = Field(foreign_key="organisations.id")
    contact_id: UUID | None = Field(foreign_key="contacts.id", ondelete="CASCADE")
    claimant: str
    by_mailbox: bool
    state: str
    at: datetime = moment()
    expires_at: datetime = moment()
    digest: str | None
    decided_at: datetime | None = moment()
    reason: str | None


CLAIM = Shape(Claim, ClaimRow, None, untold={"claimant", "by_mailbox", "digest"})
