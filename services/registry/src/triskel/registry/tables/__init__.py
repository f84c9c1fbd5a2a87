"""What the registry remembers."""

from triskel.registry.tables.calendars import CalendarRow
from triskel.registry.tables.claims import ClaimRow
from triskel.registry.tables.columns import Base
from triskel.registry.tables.contacts import ContactRow, ContactStepRow, DepartureRow
from triskel.registry.tables.imports import ImportFileRow, ImportLineRow, ImportRow
from triskel.registry.tables.matching import (
    MatchingPairRow,
    MatchingParticipantRow,
    MatchingRoundRow,
)
from triskel.registry.tables.organisations import (
    IdentifierRow,
    OrganisationRow,
    OrganisationStepRow,
)
from triskel.registry.tables.partnerships import (
    PartnershipRow,
    PartnershipStepRow,
    PlannedActivityRow,
)
from triskel.registry.tables.registers import RegisterRow
from triskel.registry.tables.responsiveness import HostResponsivenessRow
from triskel.registry.tables.waiting import WaitingEntryRow

__all__ = [
    "Base",
    "CalendarRow",
    "ClaimRow",
    "ContactRow",
    "ContactStepRow",
    "DepartureRow",
    "HostResponsivenessRow",
    "IdentifierRow",
    "ImportFileRow",
    "ImportLineRow",
    "ImportRow",
    "MatchingPairRow",
    "MatchingParticipantRow",
    "MatchingRoundRow",
    "OrganisationRow",
    "OrganisationStepRow",
    "PartnershipRow",
    "PartnershipStepRow",
    "PlannedActivityRow",
    "RegisterRow",
    "WaitingEntryRow",
]
