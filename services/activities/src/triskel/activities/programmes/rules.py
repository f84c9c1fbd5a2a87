"""A programme: what a partnership means to do in a school year, and how far it has come."""

from collections.abc import Sequence
from dataclasses import dataclass, replace
from datetime import datetime
from uuid import UUID

from triskel.activities.activities.refusals import DelegationUnknown, NotAParticipant
from triskel.activities.activities.rules.activity import BudgetLine
from triskel.activities.activities.rules.budget import Kinds, check_lines
from triskel.activities.activities.rules.formats import FORMATS
from triskel.activities.programmes.refusals import (
    FormatTwice,
    PartnershipOver,
    PartnershipSuspended,
)
from triskel.chassis.actions import Attempt, Change
from triskel.contracts import activities as contract
from triskel.contracts.codes import ActivityFormat, ActivityState, PartnershipState
from triskel.contracts.refusals import NotDueYet

_A, _P = ActivityState, PartnershipState
PLANNED = frozenset({_A.ACCEPTED, _A.SCHEDULED, _A.CONFIRMED, _A.IN_PROGRESS})
DELIVERED = frozenset({_A.DELIVERED, _A.EVALUATED, _A.CLOSED})
"""Unless nobody came. Every other state fell through."""
OVER = frozenset(
    {_P.DECLINED, _P.WITHDRAWN, _P.EXPIRED, _P.ENDED, _P.TERMINATED, _P.RENEWED},
)
"""A partnership that is over has its programme behind it."""
HOURS_A_DAY = 8
"""A slot over several days counts so many hours of each at most."""
TIMED = frozenset(known for known, form in FORMATS.items() if not form.of_weeks)
"""The slot of another format is a span of weeks: its hours say nothing."""


@dataclass(frozen=True)
class Target:
    format: ActivityFormat
    activities: int
    pupils: int | None = None


@dataclass(frozen=True)
class Programme:
    """The whole state; the fields are those of the contract. Version 0: nobody has set targets
    yet."""

    id: UUID
    region: str
    version: int
    partnership_id: UUID
    school_id: UUID
    host_id: UUID
    school_year: str
    targets: tuple[Target, ...] = ()
    budget: tuple[BudgetLine, ...] = ()
    closed_at: datetime | None = None

    @property
    def state(self) -> str:
        if self.closed_at is not None:
            return "closed"
        return "set" if self.version else "open"


@dataclass(frozen=True)
class Progress:
    """Of one format, planned against delivered. `fallen_through`: declined, withdrawn, expired,
    cancelled, or nobody came. `hours` null: the format's slot is a span of weeks."""

    format: ActivityFormat
    asked: int = 0
    planned: int = 0
    delivered: int = 0
    fallen_through: int = 0
    pupils: int = 0
    hours: float | None = 0.0


@dataclass(frozen=True)
class ProgrammeFacts:
    """The partnership's state, and how far each format that was touched has come."""

    partnership_state: PartnershipState
    progress: tuple[Progress, ...] = ()


ProgrammeAttempt = Attempt[Programme, ProgrammeFacts]


def either_side(attempt: ProgrammeAttempt) -> NotAParticipant | None:
    """The two sides and the region's coordinator set the targets."""
    return None if attempt.actor.sides else NotAParticipant()


def not_over(attempt: ProgrammeAttempt) -> PartnershipOver | None:
    state = attempt.facts.partnership_state
    return PartnershipOver(state=state, value=state) if state in OVER else None


def not_suspended(attempt: ProgrammeAttempt) -> PartnershipSuspended | None:
    state = attempt.facts.partnership_state
    return PartnershipSuspended() if state is PartnershipState.SUSPENDED else None


def over(attempt: ProgrammeAttempt) -> NotDueYet | None:
    return NotDueYet() if not_over(attempt) is None else None


def close(attempt: ProgrammeAttempt) -> Change[Programme]:
    """With its partnership; the targets stay what they were."""
    programme, state = attempt.subject, attempt.facts.partnership_state
    closed = replace(programme, version=programme.version + 1, closed_at=attempt.now)
    return Change(closed, contract.ProgrammeClosed, {"partnership_state": state})


def set_targets(attempt: ProgrammeAttempt, targets: Sequence[Target]) -> Change[Programme]:
    """Raises `Invalid` for a format that is there twice."""
    formats = [target.format for target in targets]
    twice = next((each for each in formats if formats.count(each) > 1), None)
    if twice is not None:
        raise FormatTwice(value=twice)
    programme = attempt.subject
    following = replace(programme, version=programme.version + 1, targets=tuple(targets))
    return Change(following, contract.ProgrammeSet)


def set_budget(
    attempt: ProgrammeAttempt, lines: Sequence[BudgetLine], kinds: Kinds
) -> Change[Programme]:
    """What the year costs beside its activities; `kinds` of the funders. Raises `Invalid` and
    `Conflict`."""
    programme = attempt.subject
    check_lines(lines, kinds, {programme.school_id, programme.host_id})
    for line in lines:
        if line.delegation is not None:
            raise DelegationUnknown(value=line.delegation)
    following = replace(programme, version=programme.version + 1, budget=tuple(lines))
    return Change(following, contract.ProgrammeBudgetSet)
