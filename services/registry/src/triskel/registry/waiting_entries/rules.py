"""A waiting list's entries: who may wait, for which year, and when the waiting is over."""

from dataclasses import dataclass, replace
from datetime import datetime
from uuid import UUID

from triskel.chassis.actions import Attempt, Change
from triskel.contracts import registry as contract
from triskel.contracts.codes import (
    ActivityFormat,
    Cause,
    Isced,
    IscedField,
    OrganisationKind,
    Role,
    Side,
)
from triskel.contracts.days import day_in
from triskel.contracts.registry_codes import WaitingState
from triskel.registry.organisations.refusals import OrganisationNotYours
from triskel.registry.waiting_entries.refusals import (
    ChangeChangesNothing,
    PartnersFoundAlready,
    SchoolYearNotOpen,
)

_S = WaitingState
SPEAKERS: dict[Side, frozenset[Role]] = {
    Side.SCHOOL: frozenset({Role.HEAD, Role.TEACHER}),
    Side.HOST: frozenset({Role.COMPANY}),
}
"""Which people of an organisation speak for it where it looks for partners."""


@dataclass(frozen=True)
class Wishes:
    """What is empty or null says nothing. `sectors` are sections or divisions of NACE Rev. 2."""

    levels: tuple[Isced, ...] = ()
    subjects: tuple[IscedField, ...] = ()
    languages: tuple[str, ...] = ()
    max_distance_km: int | None = None
    formats: tuple[ActivityFormat, ...] = ()
    sectors: tuple[str, ...] = ()
    partners: int = 1


@dataclass(frozen=True)
class Entry:
    """`remaining`: how many of the wanted partners are still to be found."""

    id: UUID
    region: str
    version: int
    organisation_id: UUID
    side: Side
    school_year: str
    state: WaitingState
    wishes: Wishes
    since: datetime
    remaining: int
    closed_at: datetime | None = None
    cause: Cause | None = None


EntryAttempt = Attempt[Entry, None]
EntryChange = Change[Entry]


def concerned(attempt: EntryAttempt) -> OrganisationNotYours | None:
    """Who speaks for the organisation that waits, and the coordinator of its region."""
    return None if attempt.actor.sides else OrganisationNotYours()


def opened(entry: Entry) -> EntryChange:
    """A new entry."""
    return Change(entry, contract.WaitingEntryOpened)


def change(attempt: EntryAttempt, wishes: Wishes) -> EntryChange:
    """Other wishes; what was found stays found. Raises `PartnersFoundAlready` for fewer partners,
    `ChangeChangesNothing` for the wishes as they are."""
    entry = attempt.subject
    found = entry.wishes.partners - entry.remaining
    if wishes.partners <= found:
        raise PartnersFoundAlready(found=found, value=wishes.partners)
    if wishes == entry.wishes:
        raise ChangeChangesNothing
    remaining = wishes.partners - found
    changed = replace(entry, version=entry.version + 1, wishes=wishes, remaining=remaining)
    return Change(changed, contract.WaitingEntryChanged)


def withdraw(attempt: EntryAttempt, cause: Cause | None = None) -> EntryChange:
    """Somebody does, or with a `cause` what happened to the organisation."""
    withdrawn = replace(_closed(attempt, _S.WITHDRAWN), cause=cause)
    return Change(withdrawn, contract.WaitingEntryWithdrawn)


def find_partner(attempt: EntryAttempt) -> EntryChange:
    """A partnership of this organisation and year was accepted: with the last partner wanted, the
    waiting is over."""
    remaining = attempt.subject.remaining - 1
    if remaining:
        found = replace(attempt.subject, version=attempt.subject.version + 1, remaining=remaining)
        return Change(found, contract.WaitingEntryPartnerFound)
    matched = replace(_closed(attempt, _S.MATCHED), remaining=0)
    return Change(matched, contract.WaitingEntryMatched)


def reopen(attempt: EntryAttempt) -> EntryChange:
    """A partnership that was counted came to nothing: one partner more is wanted. Whoever waited
    goes on waiting since then."""
    entry = attempt.subject
    reopened = replace(
        entry,
        version=entry.version + 1,
        state=_S.OPEN,
        remaining=min(entry.remaining + 1, entry.wishes.partners),
        closed_at=None,
    )
    return Change(reopened, contract.WaitingEntryReopened)


def expire(attempt: EntryAttempt) -> EntryChange:
    """Its school year is over where it waits."""
    return Change(_closed(attempt, _S.EXPIRED), contract.WaitingEntryExpired)


def side_of(kind: OrganisationKind) -> Side:
    """A school waits for a host; anybody else waits for a school."""
    return Side.SCHOOL if kind is OrganisationKind.SCHOOL else Side.HOST


def check_year(school_year: str, settings: contract.RegionSettings, now: datetime) -> None:
    """Raises `SchoolYearNotOpen` unless it is this school year or the next of the region."""
    first = int(settings.school_year_of(day_in(now, settings.time_zone))[:4])
    this, following = f"{first}-{first + 1}", f"{first + 1}-{first + 2}"
    if school_year not in (this, following):
        raise SchoolYearNotOpen(first=this, second=following, value=school_year)


def _closed(attempt: EntryAttempt, state: WaitingState) -> Entry:
    entry = attempt.subject
    return replace(entry, version=entry.version + 1, state=state, closed_at=attempt.now)
