"""Flags of an activity: archived by a side, hidden by the coordinator; both are taken back."""

from triskel.activities.activities.rules.activity import (
    ActivityAttempt,
    ActivityChange,
    becomes,
)
from triskel.activities.visibility.refusals import (
    ArchivedAlready,
    HiddenAlready,
    NotArchived,
    NotHidden,
)
from triskel.chassis.actions import Change
from triskel.contracts import activities as contract
from triskel.contracts.registry_codes import ReportCategory


def in_use(attempt: ActivityAttempt) -> ArchivedAlready | None:
    return None if attempt.subject.archived_at is None else ArchivedAlready()


def archived(attempt: ActivityAttempt) -> NotArchived | None:
    return NotArchived() if attempt.subject.archived_at is None else None


def visible(attempt: ActivityAttempt) -> HiddenAlready | None:
    return None if attempt.subject.hidden_at is None else HiddenAlready()


def hidden(attempt: ActivityAttempt) -> NotHidden | None:
    return NotHidden() if attempt.subject.hidden_at is None else None


def archive(attempt: ActivityAttempt) -> ActivityChange:
    put_away = becomes(attempt.subject, archived_at=attempt.now)
    return Change(put_away, contract.ActivityArchived)


def unarchive(attempt: ActivityAttempt) -> ActivityChange:
    return Change(becomes(attempt.subject, archived_at=None), contract.ActivityUnarchived)


def hide(attempt: ActivityAttempt, reason: ReportCategory) -> ActivityChange:
    taken_away = becomes(attempt.subject, hidden_at=attempt.now, hidden_reason=reason)
    return Change(taken_away, contract.ActivityHidden)


def show(attempt: ActivityAttempt) -> ActivityChange:
    shown = becomes(attempt.subject, hidden_at=None, hidden_reason=None)
    return Change(shown, contract.ActivityShown)
