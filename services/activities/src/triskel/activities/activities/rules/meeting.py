"""The shape of a task-force meeting; the contract says what each field means."""

from dataclasses import dataclass
from datetime import date, datetime
from uuid import UUID

from triskel.contracts.format_codes import MeetingMode


@dataclass(frozen=True)
class Delegation:
    region: str
    organisation_id: UUID
    delegates: int
    remote: bool = False


@dataclass(frozen=True)
class Guest:
    region: str
    organisation_id: UUID
    people: int
    remote: bool = False


@dataclass(frozen=True)
class DossierPart:
    dossier_id: UUID
    number: int
    previous_id: UUID | None = None
    next_id: UUID | None = None


@dataclass(frozen=True)
class AgendaItem:
    title: str
    minutes: int
    by: str | None = None


@dataclass(frozen=True)
class StudyVisit:
    organisation_id: UUID
    starts_at: datetime
    ends_at: datetime
    place_name: str | None = None


@dataclass(frozen=True)
class Approval:
    region: str
    at: datetime


@dataclass(frozen=True)
class Minutes:
    """`text` is not in the contract: people write names."""

    published_at: datetime
    document_url: str | None = None
    sha256: str | None = None
    text: str | None = None
    approvals: tuple[Approval, ...] = ()


@dataclass(frozen=True)
class ActionItem:
    number: int
    title: str
    owner_id: UUID
    due_on: date
    done_at: datetime | None = None
    missed_at: datetime | None = None


@dataclass(frozen=True)
class TaskForce:
    host_region: str
    mode: MeetingMode
    delegations: tuple[Delegation, ...] = ()
    delegates_per_region: int | None = None
    guests: tuple[Guest, ...] = ()
    dossier: DossierPart | None = None
    agenda: tuple[AgendaItem, ...] = ()
    visits: tuple[StudyVisit, ...] = ()
    minutes: Minutes | None = None
    action_items: tuple[ActionItem, ...] = ()

    @property
    def present(self) -> tuple[Delegation | Guest, ...]:
        """Everybody who comes."""
        return (*self.delegations, *self.guests)

    @property
    def people(self) -> int:
        """How many come, delegates and guests."""
        delegates = sum(each.delegates for each in self.delegations)
        return delegates + sum(each.people for each in self.guests)

    def delegation(self, region: str) -> tuple[Delegation, ...]:
        """The organisations that a region sends, the one that leads first; none: it sends none."""
        return tuple(each for each in self.delegations if each.region == region)

    def invites(self, region: str | None) -> bool:
        """Whether somebody of this region comes."""
        return any(each.region == region for each in self.present)
