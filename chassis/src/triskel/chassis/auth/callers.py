"""Who calls, as a checked token says it."""

from dataclasses import dataclass
from uuid import UUID

from triskel.contracts.codes import Role
from triskel.contracts.refusals import Forbidden


class Unauthenticated(Exception):
    """No usable token (HTTP 401). The text says which check failed, never what the token holds."""


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

    def is_(self, *roles: Role) -> bool:
        return not self.roles.isdisjoint(roles)

    def coordinates(self, region: str) -> bool:
        """Whether this is a coordinator of the region."""
        return Role.COORDINATOR in self.roles and region == self.region

    def require_region(self, region: str) -> None:
        """Raises `Forbidden` for another region than the caller's."""
        if region != self.region:
            raise Forbidden(
                "region-not-yours",
                f"Your token is for {self.region}; this belongs to {region}.",
                field="region",
                value=region,
            )

    def require_organisation(self, region: str, *organisations: UUID | None) -> None:
        """Raises `Forbidden` unless the caller speaks for one of them or coordinates the region."""
        if self.coordinates(region):
            return
        if self.organisation is None or self.organisation not in organisations:
            raise Forbidden(
                "organisation-not-yours",
                "Only people of the organisations concerned, or the region's coordinator, may.",
            )
