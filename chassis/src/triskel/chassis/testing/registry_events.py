"""What the registry says in tests of those who listen: an approved organisation, a signed pair."""

from datetime import date, datetime
from typing import Any
from uuid import UUID

from triskel.contracts import registry as contract
from triskel.contracts.codes import HELIX_OF, OrganisationKind, Role


def approved(
    organisation_id: UUID, kind: OrganisationKind, **more: Any
) -> contract.OrganisationApproved:
    """An organisation of FRH0 at version 1; `more` are fields that shall be otherwise."""
    known: dict[str, Any] = {
        "id": organisation_id,
        "region": "FRH0",
        "version": 1,
        "kind": kind,
        "helix": HELIX_OF[kind],
        "names": {"fr": "Quelqu'un"},
        "status": "approved",
    }
    return contract.OrganisationApproved(organisation=contract.Organisation(**(known | more)))


def signed(
    partnership_id: UUID, school_id: UUID, company_id: UUID, at: datetime, **more: Any
) -> contract.PartnershipSigned:
    """A partnership of 2025-2026 that was proposed `at` this moment, at version 6; `more` are
    fields that shall be otherwise."""
    known: dict[str, Any] = {
        "id": partnership_id,
        "region": "FRH0",
        "version": 6,
        "school_id": school_id,
        "company_id": company_id,
        "school_year": "2025-2026",
        "state": "signed",
        "proposed_by": Role.TEACHER,
        "proposed_at": at,
        "answer_by": at,
        "starts_on": date(2025, 9, 1),
        "ends_on": date(2026, 7, 3),
    }
    partnership = contract.Partnership(**(known | more))
    return contract.PartnershipSigned(partnership=partnership, by=Role.COORDINATOR)


def region_decided(
    version: int, region: str = "FRH0", **settings: Any
) -> contract.RegionSettingsChanged:
    """The coordinator of a region changed these settings; the others are those of its country."""
    known = contract.region_settings(region).model_copy(update=settings)
    state = contract.RegionState(
        id=contract.region_id(region), region=region, version=version, settings=known
    )
    return contract.RegionSettingsChanged(region=state, by=Role.COORDINATOR)
