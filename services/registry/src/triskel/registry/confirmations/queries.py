"""What the holder of a token is asked."""

from dataclasses import dataclass
from datetime import datetime
from uuid import UUID

from sqlalchemy import select
from sqlalchemy.ext.asyncio import AsyncSession

from triskel.chassis.secrets import digest_of
from triskel.contracts.codes import OrganisationStatus
from triskel.registry.claims.rules import ClaimState
from triskel.registry.claims.tables import ClaimRow
from triskel.registry.confirmations.refusals import TokenUnknown
from triskel.registry.contacts.tables import ContactRow
from triskel.registry.organisations.tables import OrganisationRow

_contact, _claim = ContactRow.__table__.c, ClaimRow.__table__.c
_home = OrganisationRow.__table__.c


@dataclass(frozen=True)
class Confirmation:
    """What a token asks: that a person agrees or, with `claim_id`, that somebody speaks for the
    organisation, who calls himself `person`. `names` are the organisation's, by language."""

    contact_id: UUID
    organisation_id: UUID
    names: dict[str, str]
    language: str
    claim_id: UUID | None = None
    person: str = ""


async def find_confirmation(session: AsyncSession, token: str, now: datetime) -> Confirmation:
    """Raises `TokenUnknown` for a token that does not work."""
    digest = digest_of(token).hex()
    invited = (
        await session.execute(
            select(ContactRow, OrganisationRow)
            .join(OrganisationRow, _home.id == _contact.organisation_id)
            .where(_contact.invitation_digest == digest, _contact.invitation_expires_at > now)
        )
    ).one_or_none()
    if invited is not None:
        contact, home = invited
        return Confirmation(contact.id, home.id, home.names, contact.language)
    claimed = (
        await session.execute(
            select(ClaimRow, ContactRow, OrganisationRow)
            .join(ContactRow, _contact.id == _claim.contact_id)
            .join(OrganisationRow, _home.id == _claim.organisation_id)
            .where(
                _claim.digest == digest,
                _claim.expires_at > now,
                _claim.state == ClaimState.OPEN,
                _home.status == OrganisationStatus.IMPORTED,
            )
        )
    ).one_or_none()
    if claimed is None:
        raise TokenUnknown
    claim, contact, home = claimed
    person = f"{contact.name} ({contact.email})"
    return Confirmation(contact.id, home.id, home.names, contact.language, claim.id, person)
