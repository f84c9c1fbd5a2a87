"""Reports: filed by anybody who takes part, closed by the coordinator."""

from dataclasses import dataclass, replace
from datetime import datetime
from uuid import UUID

from triskel.chassis.actions import Attempt, Change
from triskel.contracts import registry as contract
from triskel.contracts.codes import Side
from triskel.contracts.registry_codes import ReportCategory, ReportState, ReportSubject
from triskel.registry.reports.refusals import ReportNotYours


@dataclass(frozen=True)
class Report:
    """`text` is what the reporter wrote, `note` what the coordinator answered: people write names,
    so no event has them. `reporter` tells two people apart and says nothing of them."""

    id: UUID
    region: str
    version: int
    subject: ReportSubject
    subject_id: UUID
    category: ReportCategory
    state: ReportState
    reported_at: datetime
    reporter: str
    text: str
    note: str | None = None
    closed_at: datetime | None = None


ReportAttempt = Attempt[Report, None]


def filed(report: Report) -> Change[Report]:
    """A new one."""
    return Change(report, contract.ReportFiled)


def coordinator(attempt: ReportAttempt) -> ReportNotYours | None:
    return None if Side.COORDINATOR in attempt.actor.sides else ReportNotYours()


def resolve(attempt: ReportAttempt, note: str | None) -> Change[Report]:
    """Something was done; `note` says what, to who reported it."""
    return Change(_closed(attempt, ReportState.RESOLVED, note), contract.ReportResolved)


def dismiss(attempt: ReportAttempt, note: str | None) -> Change[Report]:
    """There is nothing to do; `note` says why, to who reported it."""
    return Change(_closed(attempt, ReportState.DISMISSED, note), contract.ReportDismissed)


def _closed(attempt: ReportAttempt, state: ReportState, note: str | None) -> Report:
    report = attempt.subject
    version = report.version + 1
    return replace(report, version=version, state=state, note=note, closed_at=attempt.now)
