"""Reports of organisations and activities."""

from datetime import datetime
from uuid import UUID

from sqlmodel import Field

from triskel.chassis.shapes import Shape
from triskel.chassis.tables import moment
from triskel.contracts import registry as contract
from triskel.registry.database import Table
from triskel.registry.reports.rules import Report


class ReportRow(Table, table=True):
    """A person has one open report of a thing: the index `reports_one_open`."""

    __tablename__ = "reports"

    id: UUID = Field(primary_key=True)
    version: int
    region: str
    subject: str
    subject_id: UUID
    category: str
    state: str
    reported_at: datetime = moment()
    reporter: str
    text: str
    note: str | None
    closed_at: datetime | None = moment()


REPORT = Shape(Report, ReportRow, contract.Report, untold={"reporter", "text", "note"})
