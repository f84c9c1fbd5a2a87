"""Partnerships: propose, act on, expire, find."""

from triskel.registry.usecases.partnerships.acting import act, amend
from triskel.registry.usecases.partnerships.proposing import propose
from triskel.registry.usecases.partnerships.rows import decided, facts_of, one, state_of, steps_of
from triskel.registry.usecases.partnerships.time import expire_unanswered, finish_past

__all__ = [
    "act",
    "amend",
    "decided",
    "expire_unanswered",
    "facts_of",
    "finish_past",
    "one",
    "propose",
    "state_of",
    "steps_of",
]
