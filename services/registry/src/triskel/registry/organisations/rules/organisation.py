"""An organisation: what is said of it, who may change it, and what becomes of it."""

from collections.abc import Collection, Iterable, Mapping, Sequence
from dataclasses import dataclass, fields, replace
from datetime import datetime
from typing import Any, ClassVar
from uuid import UUID

from triskel.chassis.actions import Actor, Attempt, Change
from triskel.contracts import registry as contract
from triskel.contracts.codes import (
    HELIX_OF,
    Helix,
    Isced,
    OrganisationKind,
    OrganisationStatus,
    Side,
)
from triskel.contracts.refusals import Invalid
from triskel.registry.organisations.refusals import (
    CoordinatorOnly,
    OrganisationNotYours,
    ValueMissing,
)
from triskel.registry.organisations.refusals.facts import (
    AreaOfAnotherRegion,
    FactOfAnotherKind,
    FactOfRegister,
    HeadOnly,
)
from triskel.registry.organisations.refusals.identifiers import IdentifierByCoordinatorOnly
from triskel.registry.organisations.refusals.organisation import (
    OrganisationMerged,
    OrganisationNotApproved,
    OrganisationSuspended,
    SiteUnknown,
)
from triskel.registry.organisations.rules.facts import (
    FOLLOWED,
    NOTHING,
    refusal_of_register,
    refusal_to_change,
)
from triskel.registry.organisations.rules.identifiers import (
    Identifier,
    Number,
    check_given,
    led,
    site_identifier,
    twice,
    verified,
)

_S = OrganisationStatus
_OF_EDUCATION = ("levels", "pupils", "priority_education")

HIDDEN_RANK = 101
"""From this rank on a host is not shown to schools: it leaves them unanswered. The others' rank is
how many per cent it left unanswered, so that those who answer come first."""


@dataclass(frozen=True)
class Address:
    street: str | None = None
    postcode: str | None = None
    municipality: str | None = None
    municipality_code: str | None = None
    country: str = ""


@dataclass(frozen=True)
class Position:
    latitude: float
    longitude: float


@dataclass(frozen=True)
class Site:
    id: UUID
    label: str
    address: Address | None = None
    position: Position | None = None
    identifier: Number | None = None


@dataclass(frozen=True)
class Stated:
    """What an organisation says of itself beside its register; null is what it does not say."""

    names: dict[str, str] | None = None
    levels: tuple[Isced, ...] | None = None
    pupils: int | None = None
    address: Address | None = None


@dataclass(frozen=True)
class PlacedSite:
    """A site as it is given: a new one, with an id of its own, or one that is known by its id."""

    site: Site
    is_new: bool


@dataclass(frozen=True)
class Organisation:
    """`mailbox` is the official one of its directory: claims are verified by it, and it is shown to
    nobody and in no event. `own_fields` are those that people have set, which no import overwrites.
    Why it is suspended or was rejected is its own affair and the coordinator's. The identifiers are
    those of its sites, too."""

    state_field: ClassVar[str] = "status"

    id: UUID
    region: str
    version: int
    kind: OrganisationKind
    names: dict[str, str]
    status: OrganisationStatus
    updated_at: datetime
    open: bool = True
    identifiers: frozenset[Identifier] = frozenset()
    legal_unit: Number | None = None
    levels: tuple[Isced, ...] = ()
    sector: str | None = None
    address: Address | None = None
    position: Position | None = None
    nuts3: str | None = None
    pupils: int | None = None
    priority_education: bool = False
    public_sector: bool | None = None
    partnership_capacity: int | None = None
    sites: tuple[Site, ...] = ()
    merged_into: UUID | None = None
    status_reason: str | None = None
    mailbox: str | None = None
    stated: Stated | None = None
    own_fields: tuple[str, ...] = ()

    @property
    def own_identifiers(self) -> list[Identifier]:
        """Those of no site; of a scheme the one that imports follow comes first."""
        own = [each for each in self.identifiers if each.site_id is None]
        return sorted(own, key=lambda each: (each.scheme, not each.main, each.value))

    @property
    def state(self) -> OrganisationStatus:
        return self.status


@dataclass(frozen=True)
class Facts:
    """What binds it now, and what ends when it leaves: the resources above count it. `conflicts`
    are the fields of which its register says otherwise, and nobody has decided."""

    live_partnerships: int = 0
    open_activities: int = 0
    conflicts: Sequence[str] = ()
    has_people: bool = False
    has_members: bool = False
    waits: bool = False


OrganisationAttempt = Attempt[Organisation, Facts]
OrganisationChange = Change[Organisation]


def coordinates(actor: Actor) -> bool:
    return Side.COORDINATOR in actor.sides


def coordinator(attempt: OrganisationAttempt) -> CoordinatorOnly | None:
    return None if coordinates(attempt.actor) else CoordinatorOnly()


def its_head_or_coordinator(
    attempt: OrganisationAttempt,
) -> OrganisationNotYours | HeadOnly | None:
    return refusal_to_change(attempt.actor, attempt.subject.id, attempt.subject.kind)


def not_merged(attempt: OrganisationAttempt) -> OrganisationMerged | None:
    return refusal_if_merged(attempt.subject)


def refusal_if_merged(organisation: Organisation) -> OrganisationMerged | None:
    """Why nothing of it changes any more; None where it was not merged."""
    survivor = organisation.merged_into
    return OrganisationMerged(survivor=survivor, value=str(survivor)) if survivor else None


def registered(new: Organisation, given: Mapping[str, Any], actor: Actor) -> OrganisationChange:
    """What a coordinator registers is approved; what anybody else registers asks for approval.
    `given` as in `update`. Raises what is wrong with it."""
    is_coordinator = coordinates(actor)
    known = replace(new, status=_S.APPROVED if is_coordinator else _S.APPLIED)
    event = contract.OrganisationApproved if is_coordinator else contract.OrganisationApplied
    made = _with(known, given, coordinator=is_coordinator)
    return Change(_by_hand(made, given.keys()), event)


def may_give(
    attempt: OrganisationAttempt, given: Mapping[str, Any]
) -> IdentifierByCoordinatorOnly | FactOfRegister | None:
    """Whether a number of a register of education, or what the organisation's register says of it,
    is changed by who may not; what else is wrong is said later."""
    before = attempt.subject
    if coordinates(attempt.actor):
        return None
    try:
        after = _with(before, given, coordinator=False)
    except IdentifierByCoordinatorOnly as refused:
        return refused
    except Invalid:
        return None
    followed = any(each.main for each in before.identifiers)
    return refusal_of_register(_changed(before, after)) if followed else None


def update(attempt: OrganisationAttempt, given: Mapping[str, Any]) -> list[OrganisationChange]:
    """Other details; the same values again change nothing. `given` has new values by name; numbers
    and sites are given whole, and a site with its id stays the same site. Raises `ValueMissing` and
    what is wrong with a value."""
    before = attempt.subject
    after = _with(before, given, coordinator=coordinates(attempt.actor))
    if not (changed := _changed(before, after)):
        return []
    details = {"changed": changed}
    after = following(_by_hand(after, changed), attempt.now)
    return [Change(after, contract.OrganisationUpdated, details)]


def following(organisation: Organisation, now: datetime, **changes: Any) -> Organisation:
    """The next version of it."""
    return replace(organisation, version=organisation.version + 1, updated_at=now, **changes)


def _by_hand(after: Organisation, changed: Collection[str]) -> Organisation:
    """What people set is the organisation's own; a value that they take away is the register's
    again."""
    touched = set(FOLLOWED) & set(changed)
    said = {name for name in touched if getattr(after, name) not in NOTHING}
    return replace(after, own_fields=tuple(sorted(set(after.own_fields) - touched | said)))


def _changed(before: Organisation, after: Organisation) -> tuple[str, ...]:
    names = [each.name for each in fields(Organisation)]
    return tuple(name for name in names if getattr(before, name) != getattr(after, name))


def _with(
    organisation: Organisation, given: Mapping[str, Any], *, coordinator: bool
) -> Organisation:
    for name in ("names", "levels", "priority_education"):
        if name in given and given[name] is None:
            raise ValueMissing(name=name, field=name)
    _check_facts(organisation.kind, organisation.region, given)
    if stated := given.get("stated"):
        _check_facts(organisation.kind, organisation.region, vars(stated))
    values = dict(given)
    if "identifiers" in given or "sites" in given:
        own = [each.number for each in organisation.own_identifiers]
        if "identifiers" in given:
            own = verified(given["identifiers"] or ())
        sites = organisation.sites
        if "sites" in given:
            values["sites"] = sites = _sites(given["sites"] or (), organisation.sites)
        before = [each.number for each in organisation.identifiers]
        wanted = dict.fromkeys(own) | _numbers_of(sites, own)
        check_given(organisation.kind, before, wanted, coordinator=coordinator)
        followed = coordinator and "identifiers" in given
        values["identifiers"] = led(organisation.identifiers, wanted, followed=followed)
    return replace(organisation, **values)


def _check_facts(kind: OrganisationKind, region: str, given: Mapping[str, Any]) -> None:
    """Raises `FactOfAnotherKind` for what such an organisation has not, and `AreaOfAnotherRegion`
    for a code that is not of its region."""
    if HELIX_OF[kind] is not Helix.EDUCATION:
        for field in _OF_EDUCATION:
            if given.get(field):
                raise FactOfAnotherKind(kind=kind, name=field, field=field, value=given[field])
    area = given.get("nuts3")
    if area is not None and not area.startswith(region):
        raise AreaOfAnotherRegion(region=region, value=area)


def _sites(given: Iterable[PlacedSite], known: Iterable[Site]) -> tuple[Site, ...]:
    """Raises `SiteUnknown`, and what is wrong with a site's number."""
    known_ids = {site.id for site in known}
    found = []
    for each in given:
        site = each.site
        if not each.is_new and site.id not in known_ids:
            raise SiteUnknown(value=str(site.id))
        known_ids.discard(site.id)
        if number := site.identifier:
            value = site_identifier(number.scheme, number.value)
            site = replace(site, identifier=Number(number.scheme, value))
        found.append(site)
    return tuple(found)


def _numbers_of(sites: Iterable[Site], own: Iterable[Number]) -> dict[Number, UUID | None]:
    found: dict[Number, UUID | None] = {}
    for site in sites:
        if site.identifier:
            if site.identifier in found or site.identifier in own:
                raise twice(site.identifier)
            found[site.identifier] = site.id
    return found


def unfit(
    field: str, organisation_id: UUID, status: OrganisationStatus, open: bool
) -> OrganisationSuspended | OrganisationNotApproved | None:
    """Why an organisation takes on nothing new; None when it may. `field` is the side that it is.

    The reason of a suspension is its own affair and the coordinator's, so it is not said here.
    """
    value = str(organisation_id)
    if status is _S.SUSPENDED:
        return OrganisationSuspended(field=field, value=value)
    if status is not _S.APPROVED or not open:
        known = status if open else "closed"
        return OrganisationNotApproved(status=known, field=field, value=value)
    return None


NO_COMPANY = frozenset(
    {
        OrganisationKind.SCHOOL,
        OrganisationKind.PUBLIC_AUTHORITY,
        OrganisationKind.CHAMBER,
        OrganisationKind.NETWORK,
    }
)
"""Who is never the company of a school: a rectorate, a chamber or a network receives meetings,
sends delegates, funds and offers, each as what it is."""


def may_be_partner(kind: OrganisationKind) -> bool:
    """Whoever has work to show may be the partner of a school."""
    return kind not in NO_COMPANY


def may_host(kind: OrganisationKind) -> bool:
    """Any kind but a school may receive others, and is asked for that."""
    return kind is not OrganisationKind.SCHOOL
