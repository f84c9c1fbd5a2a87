"""What a task-force meeting adds to an activity: delegations, agenda, minutes, action items."""

from datetime import date, datetime
from uuid import UUID

from pydantic import Field

from triskel.contracts.codes import Region
from triskel.contracts.event import Part
from triskel.contracts.format_codes import HttpsUrl, MeetingMode, Sha256


class Delegation(Part):
    """So many people of one organisation, for their region; the first of a region leads its
    delegation: its rectorate, then its council, associations, companies. `remote` ones are not in
    the room."""

    region: Region
    organisation_id: UUID
    delegates: int = Field(ge=1)
    remote: bool = False


class Guest(Part):
    """People of another region who listen: they approve nothing and lead no item."""

    region: Region
    organisation_id: UUID
    people: int = Field(ge=1)
    remote: bool = False


class DossierPart(Part):
    """A meeting's turn among those that belong together: a video first, then on site. The dossier
    has the id of its first part. No part is confirmed before the one before it was held, or will
    not be."""

    dossier_id: UUID
    number: int = Field(ge=1)
    previous_id: UUID | None = None
    next_id: UUID | None = None


class AgendaItem(Part):
    """`by` is the region of the delegation that leads it."""

    title: str
    minutes: int = Field(ge=1)
    by: Region | None = None


class StudyVisit(Part):
    organisation_id: UUID
    starts_at: datetime
    ends_at: datetime
    place_name: str | None = None


class Approval(Part):
    """A delegation found the minutes right."""

    region: Region
    at: datetime


class Minutes(Part):
    """Published anew they must be approved anew. A short text instead of a document is not public:
    people write names."""

    document_url: HttpsUrl | None = None
    sha256: Sha256 | None = None
    published_at: datetime
    approvals: tuple[Approval, ...] = ()


class ActionItem(Part):
    """Due at the end of `due_on` in the meeting's time zone; `missed_at` is when it was said to be
    overdue. It may be done after the meeting is closed."""

    number: int = Field(ge=1)
    title: str
    owner_id: UUID
    due_on: date
    done_at: datetime | None = None
    missed_at: datetime | None = None


class TaskForce(Part):
    """`delegates_per_region`: how many the host allows of each region; null: as many as there is
    room for."""

    host_region: Region
    mode: MeetingMode
    delegations: tuple[Delegation, ...] = ()
    delegates_per_region: int | None = Field(default=None, ge=1)
    guests: tuple[Guest, ...] = ()
    dossier: DossierPart | None = None
    agenda: tuple[AgendaItem, ...] = ()
    visits: tuple[StudyVisit, ...] = ()
    minutes: Minutes | None = None
    action_items: tuple[ActionItem, ...] = ()
