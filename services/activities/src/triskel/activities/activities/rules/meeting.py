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
    agenda: tuple[AgendaItem, ...] = ()
    visits: tuple[StudyVisit, ...] = ()
    minutes: Minutes | None = None
    action_items: tuple[ActionItem, ...] = ()

    def delegation(self, region: str) -> Delegation | None:
        return next((each for each in self.delegations if each.region == region), None)
