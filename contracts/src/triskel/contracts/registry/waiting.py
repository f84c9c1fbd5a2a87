"""What the registry says of waiting lists: who looks for a partner in a school year."""

from datetime import datetime
from typing import ClassVar
from uuid import UUID

from pydantic import Field

from triskel.contracts.codes import (
    ActivityFormat,
    Cause,
    Isced,
    IscedField,
    Language,
    Nace,
    Role,
    SchoolYear,
    Side,
)
from triskel.contracts.event import Aggregate, Event, Part
from triskel.contracts.registry_codes import WaitingState


class Wishes(Part):
    """What somebody who waits would like; an empty list or null says nothing about it.

    `sectors` are wished by schools. `partners`: how many partnerships in all.
    """

    levels: tuple[Isced, ...] = ()
    subjects: tuple[IscedField, ...] = ()
    languages: tuple[Language, ...] = ()
    max_distance_km: int | None = Field(default=None, ge=1, le=500)
    formats: tuple[ActivityFormat, ...] = ()
    sectors: tuple[Nace, ...] = ()
    partners: int = Field(default=1, ge=1, le=100)


class WaitingEntry(Aggregate):
    """A school without a company, or a company without a school, in one school year.

    An organisation has one open entry a year. `remaining` falls with each partnership that is
    accepted; at none the entry is matched. `cause`: what happened to the organisation, where that
    closed it.
    """

    organisation_id: UUID
    side: Side
    school_year: SchoolYear
    state: WaitingState
    wishes: Wishes
    since: datetime
    remaining: int = Field(ge=0)
    closed_at: datetime | None = None
    cause: Cause | None = None


class WaitingEntryEvent(Event):
    owner: ClassVar[str] = "registry"
    topic: ClassVar[str] = "registry.waiting-entries"
    entry: WaitingEntry
    by: Role

    @property
    def aggregate(self) -> WaitingEntry:
        return self.entry


class WaitingEntryOpened(WaitingEntryEvent):
    """An organisation looks for a partner from now on."""


class WaitingEntryChanged(WaitingEntryEvent):
    """The wishes changed."""


class WaitingEntryPartnerFound(WaitingEntryEvent):
    """A partnership was accepted; more partners are wanted: `entry.remaining`."""


class WaitingEntryMatched(WaitingEntryEvent):
    """As many partnerships as wanted were accepted."""


class WaitingEntryReopened(WaitingEntryEvent):
    """A partnership that was counted came to nothing before it was active: one partner more is
    wanted, and the waiting goes on from when it began."""


class WaitingEntryWithdrawn(WaitingEntryEvent):
    """The organisation, or the coordinator for it, no longer looks."""


class WaitingEntryExpired(WaitingEntryEvent):
    """The school year ended without a partner, or with too few."""
