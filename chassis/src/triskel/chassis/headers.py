"""Headers of ours that services and their clients share."""

ORGANISATION_HEADER = "Triskel-Organisation"
"""For which organisation a caller acts."""
