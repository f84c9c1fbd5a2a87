"""What the activities service remembers."""

from triskel.activities.tables.activities import ActivityRow, StepRow
from triskel.activities.tables.calendars import CalendarRow
from triskel.activities.tables.columns import Base
from triskel.activities.tables.dues import DueRow
from triskel.activities.tables.feeds import FeedRow
from triskel.activities.tables.offers import OfferRow, OfferStepRow
from triskel.activities.tables.programmes import ProgrammeRow
from triskel.activities.tables.projections import (
    HostResponsivenessRow,
    OrganisationRow,
    PartnershipRow,
)
from triskel.activities.tables.registrations import RegistrationLinkRow, RegistrationRow

__all__ = [
    "ActivityRow",
    "Base",
    "CalendarRow",
    "DueRow",
    "FeedRow",
    "HostResponsivenessRow",
    "OfferRow",
    "OfferStepRow",
    "OrganisationRow",
    "PartnershipRow",
    "ProgrammeRow",
    "RegistrationLinkRow",
    "RegistrationRow",
    "StepRow",
]
