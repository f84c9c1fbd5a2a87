"""A person of an organisation: what may be asked of them, by whom, and when they agree."""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field, replace
from datetime import date, datetime, timedelta
from typing import Any
from uuid import UUID

from triskel.chassis.actions import Actor, Attempt, Change
from triskel.contracts import registry as contract
from triskel.contracts.codes import Channel, ConfirmedBy, OrganisationKind, Role, Side
from triskel.contracts.days import days_later
from triskel.contracts.people_codes import LEADS, ROLES_IN
from triskel.registry.contacts.refusals import (
    ClaimOpen,
    ConsentByCoordinatorOnly,
    ConsentInTheFuture,
    ContactConfirmed,
    InvitedJustNow,
    PersonNotYours,
    RoleByCoordinatorOnly,
    RoleByHeadOnly,
    RoleOfAnotherKind,
)
from triskel.registry.contacts.rules.addresses import normalised_email
from triskel.registry.organisations.refusals import OrganisationNotYours, ValueMissing

AGAIN = timedelta(minutes=15)
"""Nobody is mailed more often, whoever asks for it."""

FOR_COORDINATORS = frozenset({Role.COORDINATOR, Role.AUTHORITY, Role.OPS, Role.SYSTEM})
"""Roles that go beyond one organisation, so that its own people cannot give them."""


@dataclass(frozen=True)
class Person:
    """Who is registered. `consent_given_on`: the day of a consent that the coordinator holds."""

    name: str
    email: str
    roles: tuple[Role, ...]
    language: str
    languages: tuple[str, ...] = ()
    channels: tuple[Channel, ...] = (Channel.EMAIL, Channel.INBOX)
    consent_given_on: date | None = None


@dataclass(frozen=True)
class Contact:
    """Of an invitation only the digest of its token is known. `erase_at`: when they are erased, as
    they were told, unless there is a sign of life until then."""

    id: UUID
    region: str
    version: int
    organisation_id: UUID
    name: str
    email: str
    roles: tuple[Role, ...]
    language: str
    languages: tuple[str, ...] = ()
    channels: tuple[Channel, ...] = (Channel.EMAIL, Channel.INBOX)
    confirmed: bool = False
    confirmed_by: ConfirmedBy | None = None
    confirmed_at: datetime | None = None
    consent_given_on: date | None = None
    invited_at: datetime | None = None
    invitation_digest: str | None = None
    invitation_expires_at: datetime | None = None
    erase_at: datetime | None = None

    @property
    def state(self) -> str:
        return "confirmed" if self.confirmed else "unconfirmed"


@dataclass(frozen=True)
class Facts:
    """`kind` is the organisation's; `claiming`: this person's claim of the organisation waits for
    its answer. `settings` are those of its region."""

    kind: OrganisationKind
    claiming: bool = False
    settings: contract.RegionSettings = field(default_factory=contract.RegionSettings)


@dataclass(frozen=True)
class Invitation:
    """`token` is sealed, for an event; `digest` recognises it when it comes back."""

    digest: str
    token: str


ContactAttempt = Attempt[Contact, Facts]
ContactChange = Change[Contact]


def speaks(actor: Actor, organisation_id: UUID, kind: OrganisationKind) -> bool:
    """Whether this actor is one of the organisation's people, in a role that it has, or coordinates
    its region."""
    own = actor.organisation == organisation_id and not actor.roles.isdisjoint(ROLES_IN[kind])
    return own or Side.COORDINATOR in actor.sides


def leads(actor: Actor, kind: OrganisationKind) -> bool:
    return Side.COORDINATOR in actor.sides or LEADS[kind] in actor.roles


def may_see(attempt: ContactAttempt) -> OrganisationNotYours | None:
    known = speaks(attempt.actor, attempt.subject.organisation_id, attempt.facts.kind)
    return None if known else OrganisationNotYours()


def may_manage(attempt: ContactAttempt) -> OrganisationNotYours | PersonNotYours | None:
    if refused := may_see(attempt):
        return refused
    themselves = attempt.actor.contact == attempt.subject.id
    return None if themselves or leads(attempt.actor, attempt.facts.kind) else PersonNotYours()


def not_confirmed(attempt: ContactAttempt) -> ContactConfirmed | None:
    return ContactConfirmed(value=True) if attempt.subject.confirmed else None


def asked(attempt: ContactAttempt) -> ContactConfirmed | None:
    """Who has confirmed is asked again before they are erased."""
    return None if attempt.subject.erase_at else not_confirmed(attempt)


def not_claiming(attempt: ContactAttempt) -> ClaimOpen | None:
    return ClaimOpen() if attempt.facts.claiming else None


def not_just_invited(attempt: ContactAttempt) -> InvitedJustNow | None:
    invited_at = attempt.subject.invited_at
    if invited_at is None or invited_at + AGAIN <= attempt.now:
        return None
    again = (invited_at + AGAIN).isoformat()
    return InvitedJustNow(again=again, value=again)


def may_give(
    attempt: ContactAttempt, given: Mapping[str, Any], invitation: Invitation, today: date
) -> RoleByCoordinatorOnly | RoleByHeadOnly | ConsentByCoordinatorOnly | None:
    """Roles that the person has already are not given anew."""
    roles = _new_roles(attempt.subject, given)
    return refusal_to_give(attempt.actor, attempt.facts.kind, roles, given.get("consent_given_on"))


def _new_roles(contact: Contact, given: Mapping[str, Any]) -> set[Role]:
    return set(given.get("roles") or ()).difference(contact.roles)


def refusal_to_give(
    actor: Actor, kind: OrganisationKind, roles: Iterable[Role], consent_given_on: date | None
) -> RoleByCoordinatorOnly | RoleByHeadOnly | ConsentByCoordinatorOnly | None:
    """Why this actor may not give such roles or record such a consent; None when it may."""
    if Side.COORDINATOR in actor.sides:
        return None
    if beyond := sorted(FOR_COORDINATORS.intersection(roles)):
        return RoleByCoordinatorOnly(value=beyond[0])
    if LEADS[kind] in roles and not leads(actor, kind):
        return RoleByHeadOnly(value=LEADS[kind])
    return ConsentByCoordinatorOnly() if consent_given_on is not None else None


def check_fitting(kind: OrganisationKind, roles: Iterable[Role]) -> None:
    """Raises `RoleOfAnotherKind` for a role that an organisation of this kind has not."""
    fitting = ROLES_IN[kind]
    if wrong := sorted(set(roles) - fitting - FOR_COORDINATORS):
        raise RoleOfAnotherKind(
            kind=kind, role=wrong[0], fitting=", ".join(sorted(fitting)), value=wrong[0]
        )


def registered(
    contact: Contact,
    consent_given_on: date | None,
    invitation: Invitation,
    settings: contract.RegionSettings,
    now: datetime,
    today: date,
) -> ContactChange:
    """A new contact, who is invited unless there is a consent. Raises `ConsentInTheFuture`."""
    if consent_given_on is None:
        return _invited(contact, invitation, settings, now)
    confirmed = _consented(contact, consent_given_on, now, today)
    return Change(confirmed, contract.ContactRegistered)


def invite(attempt: ContactAttempt, invitation: Invitation) -> ContactChange:
    """Ask again: the new token replaces the old one."""
    return _invited(_next(attempt.subject), invitation, attempt.facts.settings, attempt.now)


def update(
    attempt: ContactAttempt, given: Mapping[str, Any], invitation: Invitation, today: date
) -> list[ContactChange]:
    """Other details; the same values again change nothing. A new address must be confirmed anew,
    because nobody knows yet whose it is. `given` has new values by name. Raises `ValueMissing` and
    what is wrong with a value."""
    if empty := next((name for name, value in given.items() if value is None), None):
        raise ValueMissing(name=empty, field=empty)
    values = dict(given)
    if "email" in values:
        values["email"] = normalised_email(values["email"])
    consent_given_on = values.pop("consent_given_on", None)
    contact = attempt.subject
    check_fitting(attempt.facts.kind, _new_roles(contact, values))
    fields = tuple(name for name, value in values.items() if getattr(contact, name) != value)
    moved = "email" in fields
    consented = consent_given_on is not None and (moved or not contact.confirmed)
    if not fields and not consented:
        return []
    if (moved or consented) and attempt.facts.claiming:
        raise ClaimOpen
    changed = replace(_next(contact), **values)
    if consented:
        agreed = _consented(changed, consent_given_on, attempt.now, today)
        fields = (*fields, "consent_given_on")
        return [Change(agreed, contract.ContactConfirmed, fields=fields)]
    if moved:
        asked = _invited(changed, invitation, attempt.facts.settings, attempt.now)
        return [replace(asked, fields=fields)]
    return [Change(changed, contract.ContactUpdated, fields=fields)]


def confirm(attempt: ContactAttempt) -> ContactChange:
    """The person followed the link of a mail, which ends with its use."""
    used = replace(_next(attempt.subject), invitation_digest=None, erase_at=None)
    agreed = _agrees(used, ConfirmedBy.INVITATION, attempt.now)
    return Change(agreed, contract.ContactConfirmed)


def accept_claim(attempt: ContactAttempt) -> ContactChange:
    """The claim of the organisation was verified, and with it the person."""
    agreed = _agrees(_next(attempt.subject), ConfirmedBy.CLAIM, attempt.now)
    return Change(agreed, contract.ContactConfirmed)


def merge(
    attempt: ContactAttempt, organisation_id: UUID, more_roles: tuple[Role, ...] = ()
) -> ContactChange:
    """The person's organisation turned out to be another one. `more_roles` are those that the same
    person had there."""
    contact = attempt.subject
    roles = tuple(dict.fromkeys((*contact.roles, *more_roles)))
    moved = replace(_next(contact), organisation_id=organisation_id, roles=roles)
    return Change(moved, contract.ContactUpdated, fields=("organisation_id", "roles"))


def announce_erasure(
    attempt: ContactAttempt, invitation: Invitation, erase_at: datetime
) -> ContactChange:
    """Nobody has heard of them for long: they are told that they go, and how to stay. Until then
    they are who they are."""
    told = replace(
        _next(attempt.subject),
        invitation_digest=invitation.digest,
        invitation_expires_at=erase_at,
        erase_at=erase_at,
    )
    details = {"token": invitation.token, "expires_at": erase_at}
    return Change(told, contract.ContactErasureAnnounced, details)


def erase(attempt: ContactAttempt) -> list[ContactChange]:
    """Nothing is left of the person, and no event tells of it: a tombstone does."""
    return []


def answer_by(now: datetime, settings: contract.RegionSettings) -> datetime:
    """Until when an invitation, or a claim, waits for its answer."""
    return days_later(now, settings.contact_answer_days, settings.time_zone)


def _next(contact: Contact) -> Contact:
    return replace(contact, version=contact.version + 1)


def _agrees(contact: Contact, by: ConfirmedBy, now: datetime) -> Contact:
    """An invitation that is still about stays recognised until it expires."""
    return replace(contact, confirmed=True, confirmed_by=by, confirmed_at=now)


def _consented(contact: Contact, given_on: date, now: datetime, today: date) -> Contact:
    if given_on > today:
        raise ConsentInTheFuture(value=given_on.isoformat())
    return replace(_agrees(contact, ConfirmedBy.CONSENT, now), consent_given_on=given_on)


def _invited(
    contact: Contact, invitation: Invitation, settings: contract.RegionSettings, now: datetime
) -> ContactChange:
    """Nothing is known of the person's consent: ask them, at the address that they have now."""
    expires_at = answer_by(now, settings)
    asked = replace(
        contact,
        confirmed=False,
        confirmed_by=None,
        confirmed_at=None,
        consent_given_on=None,
        invited_at=now,
        invitation_digest=invitation.digest,
        invitation_expires_at=expires_at,
    )
    details = {"token": invitation.token, "expires_at": expires_at}
    return Change(asked, contract.ContactInvited, details)
