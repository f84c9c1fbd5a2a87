"""How hosts answer."""

from datetime import datetime
from uuid import UUID

from sqlmodel import Field

from triskel.chassis.tables import moment
from triskel.registry.database import Table


class HostResponsivenessRow(Table, table=True):
    """`id` is the organisation's, without a foreign key: who asks need not wait for who changes
    the organisation. Version 0: asked, but not measured yet; that is never said.
    `measure_at` is not public: when to look again, at once when there is news."""

    __tablename__ = "host_responsiveness"

    id: UUID = Field(primary_key=True)
    version: int
    measured_at: datetime | None = moment()
    answered: int
    unanswered: int
    median_hours: float | None
    unanswered_in_a_row: int
    hidden_since: datetime | None = moment()
    measure_at: datetime = moment()
