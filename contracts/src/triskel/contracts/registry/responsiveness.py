"""What the registry says of how hosts answer: counted from what schools ask of them."""

from datetime import datetime
from typing import ClassVar

from pydantic import Field

from triskel.contracts.event import Aggregate, Event


class HostResponsiveness(Aggregate):
    """How one host answers; `id` is the organisation's.

    Counted are partnerships and activities that a school proposed to it in the twelve months
    before `measured_at`, or as long as its region says. `answered`: it said yes or no;
    `unanswered`: the schools whose deadline passed first, each once, where that left it days of
    school. What was withdrawn or still waits counts as neither. `median_hours` is from question to
    answer, without the days of holidays.
    """

    measured_at: datetime = Field(
        description="`answers.counted_days` of its region before it requests begin to count"
    )
    answered: int = Field(ge=0)
    unanswered: int = Field(ge=0)
    answer_rate: float | None = Field(
        default=None, ge=0, le=1, description="answered / (answered + unanswered); null: 0 / 0"
    )
    median_hours: float | None = Field(default=None, ge=0)
    unanswered_in_a_row: int = Field(
        ge=0,
        description="since its last answer; `answers.hidden_after_in_a_row` of its region hide it",
    )
    hidden_since: datetime | None = Field(
        default=None,
        description="not shown to schools in searches from then until it answers; settings "
        "`answers.hidden_after_in_a_row` and `answers.hidden_after_in_all` of its region",
    )


class HostResponsivenessEvent(Event):
    owner: ClassVar[str] = "registry"
    topic: ClassVar[str] = "registry.responsiveness"
    responsiveness: HostResponsiveness

    @property
    def aggregate(self) -> HostResponsiveness:
        return self.responsiveness


class HostResponsivenessMeasured(HostResponsivenessEvent):
    """A host's figures changed: it answered, or left something unanswered, or a year passed."""
