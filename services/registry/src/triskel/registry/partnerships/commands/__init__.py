"""Partnerships: propose, act on, expire, find."""

from triskel.registry.partnerships.commands.acting import act, amend
from triskel.registry.partnerships.commands.proposing import introduce, propose
from triskel.registry.partnerships.commands.rows import decided, facts_of, one, state_of, steps_of
from triskel.registry.partnerships.jobs.risk import contact_left, watch_again, watch_risks
from triskel.registry.partnerships.jobs.time import begin_ready, expire_unanswered, finish_past
from triskel.registry.partnerships.queries import capacity_left

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
