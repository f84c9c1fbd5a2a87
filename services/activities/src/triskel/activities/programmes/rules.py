"""A programme: what a partnership means to do in a school year, and how far it has come."""

from collections.abc import Sequence
from dataclasses import dataclass, replace
from datetime import timedelta
from uuid import UUID

from triskel.activities.activities.rules.formats import FORMATS
from triskel.chassis.actions import Actor
from triskel.contracts.codes import ActivityFormat, ActivityState, PartnershipState
from triskel.contracts.refusals import Conflict, Forbidden, Invalid, Refusal

_A, _P = ActivityState, PartnershipState
ASKED = frozenset({_A.DRAFT, _A.PROPOSED})
PLANNED = frozenset({_A.ACCEPTED, _A.SCHEDULED, _A.CONFIRMED, _A.IN_PROGRESS})
DELIVERED = frozenset({_A.DELIVERED, _A.EVALUATED, _A.CLOSED})
"""Unless nobody came. Every other state fell through."""
OVER = frozenset(
    {_P.DECLINED, _P.WITHDRAWN, _P.EXPIRED, _P.ENDED, _P.TERMINATED, _P.RENEWED},
)
"""A partnership that is over has its programme behind it."""
HOURS_A_DAY = 8
"""A slot over several days counts so many hours of each at most."""
TIMED = frozenset(f for f, form in FORMATS.items() if form.longest <= timedelta(days=4))
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


def refusal(actor: Actor, partnership: str) -> Refusal | None:
    """Why this actor may not set the targets; None when it may. `partnership` is its state."""
    if not actor.sides:
        return Forbidden(
            "not-a-participant", "The two sides and the region's coordinator set the targets."
        )
    if partnership in OVER:
        return Conflict(
            "partnership-over",
            f"The partnership is {partnership}: its programme stays as it is.",
            field="partnership_id",
            value=partnership,
        )
    return None


def set_targets(
    programme: Programme, actor: Actor, partnership: str, targets: Sequence[Target]
) -> Programme:
    """One version on. Raises its refusal."""
    if refused := refusal(actor, partnership):
        raise refused
    formats = [target.format for target in targets]
    twice = next((f for f in formats if formats.count(f) > 1), None)
    if twice is not None:
        raise Invalid("format-twice", "Give each format once.", field="targets.format", value=twice)
    return replace(programme, version=programme.version + 1, targets=tuple(targets))
