"""What is done with partnerships: proposed, written down, renewed, and whatever else the table of
actions has."""

from triskel.registry.partnerships.commands.agreements import amend, draft_agreement
from triskel.registry.partnerships.commands.following import watch_again
from triskel.registry.partnerships.commands.proposing import (
    PARTNERSHIPS,
    lock_pair,
    propose,
    renew,
)

__all__ = [
    "PARTNERSHIPS",
    "amend",
    "draft_agreement",
    "lock_pair",
    "propose",
    "renew",
    "watch_again",
]
