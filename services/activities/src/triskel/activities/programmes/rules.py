"""A programme: what a partnership means to do in a school year, and how far it has come."""

from collections.abc import Sequence
from dataclasses import dataclass, replace
from datetime import timedelta
from uuid import UUID

from triskel.activities.activities.refusals import NotAParticipant
from triskel.activities.activities.rules.formats import FORMATS
from triskel.activities.programmes.refusals import FormatTwice, PartnershipOver
from triskel.chassis.actions import Actor
from triskel.contracts.codes import ActivityFormat, ActivityState, PartnershipState

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
TIMED = frozenset(known for known, form in FORMATS.items() if form.longest <= timedelta(days=4))
"""The slot of another format is a span of weeks: its hours say nothing."""


@dataclass(frozen=True)
class Target:
    format: ActivityFormat
    activities: int
    pupils: int | None = None


@dataclass(frozen=True)
class Programme:
    """The whole state; the fields are those of the contract."""

    id: UUID
    region: str
    version: int
    partnership_id: UUID
    school_id: UUID
    host_id: UUID
    school_year: str
    targets: tuple[Target, ...] = ()


def refusal(actor: Actor, partnership_state: str) -> NotAParticipant | PartnershipOver | None:
    """Why this actor may not set the targets; None when it may."""
    return not_a_side(actor) or over(partnership_state)


def not_a_side(actor: Actor) -> NotAParticipant | None:
    """The two sides and the region's coordinator set the targets."""
    return None if actor.sides else NotAParticipant()


def over(partnership_state: str) -> PartnershipOver | None:
    if partnership_state not in OVER:
        return None
    return PartnershipOver(state=partnership_state, value=partnership_state)


def set_targets(programme: Programme, targets: Sequence[Target]) -> Programme:
    """One version on. Raises `Invalid` for a format that is there twice."""
    formats = [target.format for target in targets]
    twice = next((each for each in formats if formats.count(each) > 1), None)
    if twice is not None:
        raise FormatTwice(value=twice)
    return replace(programme, version=programme.version + 1, targets=tuple(targets))
