"""A waiting list's entries: who may wait, for which year, and when the waiting is over."""

from dataclasses import dataclass, replace
from datetime import datetime
from uuid import UUID

from triskel.contracts.codes import (
    ActivityFormat,
    Isced,
    IscedField,
    OrganisationKind,
    Role,
    Side,
    WaitingState,
)
from triskel.contracts.refusals import Conflict, Forbidden, Invalid, Refusal

_S = WaitingState
FIRST_MONTH = 9


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


@dataclass(frozen=True)
class Actor:
    """Who acts: `own` when it speaks for the organisation, `coordinator` of its region."""

    own: bool
    coordinator: bool


def _concerned(actor: Actor) -> Refusal | None:
    if actor.own or actor.coordinator:
        return None
    return Forbidden(
        "organisation-not-yours", "The organisation that waits and the coordinator may do this."
    )


ACTIONS: tuple[str, ...] = ("change", "withdraw")
SPEAKERS: dict[Side, frozenset[Role]] = {
    Side.SCHOOL: frozenset({Role.HEAD, Role.TEACHER}),
    Side.HOST: frozenset({Role.COMPANY}),
}
"""Which people of an organisation speak for it where it looks for partners."""


def refusal(action: str, entry: Entry, actor: Actor) -> Refusal | None:
    """Why an action is not allowed; None when it is."""
    if outsider := _concerned(actor):
        return outsider
    if entry.state is not _S.OPEN:
        return Conflict(
            "state-does-not-allow",
            f"An entry that is {entry.state} does not allow {action!r}: it must be open.",
            field="state",
            value=entry.state,
        )
    return None


def allowed_actions(entry: Entry, actor: Actor) -> list[str]:
    return [action for action in ACTIONS if refusal(action, entry, actor) is None]


def side_of(kind: OrganisationKind) -> Side:
    """A school waits for a host; anybody else waits for a school."""
    return Side.SCHOOL if kind is OrganisationKind.SCHOOL else Side.HOST


def year_of(now: datetime) -> str:
    """The school year of a moment: it ends on 31 August, as partnerships do."""
    first = now.year if now.month >= FIRST_MONTH else now.year - 1
    return f"{first}-{first + 1}"


def check_year(school_year: str, now: datetime) -> None:
    """Raises `Invalid` unless it is this school year or the next: nobody can plan further, and in
    a year that is over there is nobody to find."""
    first = int(year_of(now)[:4])
    allowed = [f"{first}-{first + 1}", f"{first + 1}-{first + 2}"]
    if school_year not in allowed:
        raise Invalid(
            "school-year-not-open",
            f"Waiting and matching are for {' and '.join(allowed)} now.",
            field="school_year",
            value=school_year,
        )


def change(entry: Entry, actor: Actor, wishes: Wishes) -> Entry:
    """Other wishes; what was found stays found. Raises the `Refusal`."""
    _check("change", entry, actor)
    found = entry.wishes.partners - entry.remaining
    if wishes.partners <= found:
        raise Conflict(
            "partners-found-already",
            f"{found} partnerships were accepted already: wish for more, or withdraw.",
            field="wishes.partners",
            value=wishes.partners,
        )
    if wishes == entry.wishes:
        raise Invalid("change-changes-nothing", "These are the wishes as before.", field="wishes")
    remaining = wishes.partners - found
    return replace(entry, version=entry.version + 1, wishes=wishes, remaining=remaining)


def withdraw(entry: Entry, actor: Actor, now: datetime) -> Entry:
    """Raises the `Refusal`."""
    _check("withdraw", entry, actor)
    return replace(entry, version=entry.version + 1, state=_S.WITHDRAWN, closed_at=now)


def found_partner(entry: Entry, now: datetime) -> Entry:
    """After a partnership of this organisation and year was accepted."""
    following = replace(entry, version=entry.version + 1, remaining=entry.remaining - 1)
    if following.remaining:
        return following
    return replace(following, state=_S.MATCHED, closed_at=now)


def expire(entry: Entry, now: datetime) -> Entry:
    """After the end of its school year."""
    return replace(entry, version=entry.version + 1, state=_S.EXPIRED, closed_at=now)


def _check(action: str, entry: Entry, actor: Actor) -> None:
    if refused := refusal(action, entry, actor):
        raise refused
