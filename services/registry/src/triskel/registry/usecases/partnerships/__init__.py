"""Partnerships: propose, act on, expire, find."""

from triskel.registry.usecases.partnerships.acting import act, amend
from triskel.registry.usecases.partnerships.capacity import capacity_left
from triskel.registry.usecases.partnerships.proposing import introduce, propose
from triskel.registry.usecases.partnerships.risk import (
    contact_left,
    watch_again,
    watch_risks,
)
from triskel.registry.usecases.partnerships.rows import (
    decided,
    facts_of,
    one,
    state_of,
    steps_of,
)
from triskel.registry.usecases.partnerships.time import (
    begin_ready,
    expire_unanswered,
    finish_past,
)

__all__ = [
    "act",
    "amend",
    "begin_ready",
    "capacity_left",
    "contact_left",
    "decided",
    "expire_unanswered",
    "facts_of",
    "finish_past",
    "introduce",
    "one",
    "propose",
    "state_of",
    "steps_of",
    "watch_again",
    "watch_risks",
]
