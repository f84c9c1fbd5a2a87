"""What the activities service remembers."""

from triskel.activities.tables.activities import ActivityRow, StepRow
from triskel.activities.tables.columns import Base
from triskel.activities.tables.projections import (
    HostResponsivenessRow,
    OrganisationRow,
    PartnershipRow,
)

__all__ = [
    "ActivityRow",
    "Base",
    "HostResponsivenessRow",
    "OrganisationRow",
    "PartnershipRow",
    "StepRow",
]
