"""What the registry says of reports: somebody says that something is wrong."""

from datetime import datetime
from typing import ClassVar
from uuid import UUID

from triskel.contracts.codes import Role
from triskel.contracts.event import Aggregate, Event
from triskel.contracts.registry_codes import ReportCategory, ReportState, ReportSubject


class Report(Aggregate):
    """Of an organisation or an activity, for the coordinator of its region. What was written, and
    who wrote it, is in no event."""

    subject: ReportSubject
    subject_id: UUID
    category: ReportCategory
    state: ReportState
    reported_at: datetime
    closed_at: datetime | None = None


class ReportEvent(Event):
    owner: ClassVar[str] = "registry"
    topic: ClassVar[str] = "registry.reports"

    report: Report
    by: Role

    @property
    def aggregate(self) -> Report:
        return self.report


class ReportFiled(ReportEvent):
    """The coordinator is asked to look."""


class ReportResolved(ReportEvent):
    """It was right, and something was done."""


class ReportDismissed(ReportEvent):
    """There is nothing to do."""
