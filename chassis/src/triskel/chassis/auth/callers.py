"""Who calls, as a checked token says it."""

import hashlib
from dataclasses import dataclass
from uuid import NAMESPACE_URL, UUID, uuid5

from triskel.contracts.codes import Role
from triskel.contracts.refusals import Forbidden


class Unauthenticated(Exception):
    """No usable token (HTTP 401). The text says which check failed, never what the token holds."""


class RegionNotYours(Forbidden):
    """A token is for one region."""

    field = "region"
    en = "Your token is for {own}; this belongs to {region}."
    fr = "Votre jeton est celui de {own} ; ceci appartient à {region}."


class OrganisationNotYours(Forbidden):
    """People act for their own organisation; the coordinator for the region's."""

    en = "Only people of the organisations concerned, or the region's coordinator, may."
    fr = "Seules les personnes des organisations concernées, ou la coordination, le peuvent."


def person_of(issuer: str, subject: str) -> str:
    """The pseudonym of an identity, in hexadecimal digits."""
    return hashlib.sha256(f"{issuer}|{subject}".encode()).hexdigest()


@dataclass(frozen=True)
class Caller:
    """Who calls: issuer, subject, region and roles are the token's. `organisation` is the one that
    this person acts for, if any, `contact` who they are among its contacts: their membership says
    it, and their roles there with it. `scopes` narrow what a service account reaches; null: all
    that its roles allow."""

    issuer: str
    subject: str
    roles: frozenset[Role]
    region: str
    organisation: UUID | None = None
    contact: UUID | None = None
    scopes: frozenset[str] | None = None

    @property
    def pseudonym(self) -> str:
        """The identity without saying whose: SHA-256, as events of memberships have it."""
        return person_of(self.issuer, self.subject)

    @property
    def person(self) -> UUID:
        """Who this is to everybody else: the contact, or where the issuer knows none a pseudonym
        that is the same for the same identity and tells nothing of it to who does not know it."""
        identity = f"urn:triskel:identity:{self.issuer}\n{self.subject}"
        return self.contact or uuid5(NAMESPACE_URL, identity)

    def is_(self, *roles: Role) -> bool:
        return not self.roles.isdisjoint(roles)

    def coordinates(self, region: str) -> bool:
        """Whether this is a coordinator of the region."""
        return Role.COORDINATOR in self.roles and region == self.region

    def require_region(self, region: str) -> None:
        """Raises `Forbidden` for another region than the caller's."""
        if region != self.region:
            raise RegionNotYours(own=self.region, region=region, value=region)

    def require_organisation(self, region: str, *organisations: UUID | None) -> None:
        """Raises `Forbidden` unless the caller speaks for one of them or coordinates the region."""
        if self.coordinates(region):
            return
        if self.organisation is None or self.organisation not in organisations:
            raise OrganisationNotYours
