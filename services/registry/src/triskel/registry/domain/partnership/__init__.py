"""A partnership's life: what may be done, by whom, when, and what it becomes."""

from triskel.registry.domain.partnership.actions import (
    ACTIONS,
    Action,
    allowed_actions,
    refusal,
    signatory,
)
from triskel.registry.domain.partnership.state import (
    AGREED,
    CARRIED,
    DEFAULT_ANSWER_DAYS,
    FOLLOWS,
    LIVE,
    LONGEST_ANSWER_DAYS,
    Actor,
    Facts,
    Partnership,
    Terms,
    proposing_side,
)
from triskel.registry.domain.partnership.transitions import (
    amend,
    answer_deadline,
    check_dates,
    check_renewal,
    expire,
    finish,
    perform,
)

__all__ = [
    "ACTIONS",
    "AGREED",
    "CARRIED",
    "DEFAULT_ANSWER_DAYS",
    "FOLLOWS",
    "LIVE",
    "LONGEST_ANSWER_DAYS",
    "Action",
    "Actor",
    "Facts",
    "Partnership",
    "Terms",
    "allowed_actions",
    "amend",
    "answer_deadline",
    "check_dates",
    "check_renewal",
    "expire",
    "finish",
    "perform",
    "proposing_side",
    "refusal",
    "signatory",
]
