"""Who calls, as a checked token says it."""

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


@dataclass(frozen=True)
class Caller:
    """Who calls. `organisation` is the one that this person speaks for, if any; `contact` is who
    this person is in the registry, where the issuer knows it."""

    issuer: str
    subject: str
    roles: frozenset[Role]
    region: str
    organisation: UUID | None
    contact: UUID | None = None

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
