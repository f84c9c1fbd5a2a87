"""What is done with activities and by nobody: by time, and because of what they hang on."""

from triskel.activities.activities.jobs.by_time import (
    MARKS,
    MINUTES,
    WRITTEN,
    ask_for_reports,
    close_unevaluated,
    close_unreported,
    expire_unanswered,
    lapse_dates,
    say_missed,
)
from triskel.activities.activities.jobs.following import (
    call_off,
    call_off_suspended,
    lose_guests,
    resume_reinstated,
    suspend_planned,
)

__all__ = [
    "MARKS",
    "MINUTES",
    "WRITTEN",
    "ask_for_reports",
    "call_off",
    "call_off_suspended",
    "close_unevaluated",
    "close_unreported",
    "expire_unanswered",
    "lapse_dates",
    "lose_guests",
    "resume_reinstated",
    "say_missed",
    "suspend_planned",
]
