"""What a region sets for itself, and what holds where it has set nothing."""

from dataclasses import dataclass

SIGN_WITHIN_DAYS = 60
LONGEST_SIGN_WITHIN_DAYS = 365


@dataclass(frozen=True)
class RegionRules:
    """`sign_within_days`: so long after a partnership was accepted it is signed by all, or it is
    over."""

    sign_within_days: int = SIGN_WITHIN_DAYS
