"""What the activities service says of programmes: what a partnership means to do in a year."""

from datetime import datetime
from typing import ClassVar
from uuid import UUID

from pydantic import Field

from triskel.contracts.activities.activities import BudgetLine
from triskel.contracts.codes import ActivityFormat, PartnershipState, Role, SchoolYear
from triskel.contracts.event import Aggregate, Event, Part


class Target(Part):
    """How many activities of a format, and how many pupils in them; `pupils` null: not said."""

    format: ActivityFormat
    activities: int = Field(ge=0)
    pupils: int | None = Field(default=None, ge=0)


class Programme(Aggregate):
    """One for each partnership and school year; it lives in the school's region. `budget` is what
    the year costs beside its activities, which have lines of their own."""

    partnership_id: UUID
    school_id: UUID
    host_id: UUID
    school_year: SchoolYear
    targets: tuple[Target, ...] = ()
    budget: tuple[BudgetLine, ...] = ()
    closed_at: datetime | None = Field(default=None, description="when its partnership was over")


class ProgrammeEvent(Event):
    owner: ClassVar[str] = "activities"
    topic: ClassVar[str] = "activities.programmes"
    programme: Programme
    by: Role

    @property
    def aggregate(self) -> Programme:
        return self.programme


class ProgrammeSet(ProgrammeEvent):
    """A side or the coordinator set the targets."""


class ProgrammeBudgetSet(ProgrammeEvent):
    """The cost lines of the year changed."""


class ProgrammeClosed(ProgrammeEvent):
    """Its partnership is over, as `partnership_state` says: it stays as it is."""

    partnership_state: PartnershipState
