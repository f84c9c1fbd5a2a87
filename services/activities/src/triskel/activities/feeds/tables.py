"""Addresses of calendar feeds: only their hashes."""

from datetime import datetime
from uuid import UUID

from sqlmodel import Field

from triskel.activities.database import Table
from triskel.chassis.tables import moment


class FeedRow(Table, table=True):
    """Revoked, it is gone."""

    __tablename__ = "feeds"

    id: UUID = Field(primary_key=True)
    organisation_id: UUID
    region: str
    secret_hash: bytes
    made_at: datetime = moment()
