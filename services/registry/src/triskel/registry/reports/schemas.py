"""What is sent to and answered by `/v1/reports`."""

from typing import Annotated, Self
from uuid import UUID

from pydantic import BaseModel

from triskel.chassis.http import example
from triskel.chassis.http.values import Lines
from triskel.contracts import registry as contract
from triskel.contracts.registry_codes import ReportCategory, ReportSubject
from triskel.registry.reports.actions import ACTIONS
from triskel.registry.reports.rules import ReportAttempt
from triskel.registry.reports.tables import REPORT

Words = Annotated[str, Lines(longest=2000)]


class NewReport(BaseModel):
    """What is wrong, in one's own words: for the coordinator alone."""

    model_config = example(
        subject="organisation",
        subject_id="0199a1b2-0002-7000-8000-000000000002",
        category="error",
        text="L'adresse est celle de l'ancien site.",
    )

    subject: ReportSubject
    subject_id: UUID
    category: ReportCategory
    text: Words


class Closing(BaseModel):
    """What is answered to who reported it."""

    model_config = example(note="L'adresse est corrigée, merci.")

    note: Words | None = None


class ReportAnswer(contract.Report):
    """`note` is the coordinator's answer; neither it nor `text` is in any event."""

    text: str
    note: str | None
    allowed_actions: tuple[str, ...]

    @classmethod
    def of(cls, attempt: ReportAttempt) -> Self:
        report = attempt.subject
        allowed = ACTIONS.allowed(attempt)
        return REPORT.answer(
            cls, report, text=report.text, note=report.note, allowed_actions=allowed
        )
