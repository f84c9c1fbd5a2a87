"""Who hears of another date that is proposed: who is asked, and who waits for the answer."""

from collections.abc import Callable
from typing import Any

from triskel.contracts import activities
from triskel.contracts.codes import Side

_Refused = (
    activities.ActivityDateDeclined
    | activities.ActivityDateWithdrawn
    | activities.ActivityDateLapsed
)


def _partners(activity: activities.Activity) -> frozenset[Side]:
    """Without a school the coordinator is the other side."""
    other = Side.SCHOOL if activity.school_id is not None else Side.COORDINATOR
    return frozenset({Side.HOST, other})


def _missing(event: activities.ActivityEvent) -> frozenset[Side]:
    proposal = event.activity.date_proposal
    if proposal is None:
        return frozenset()
    said = {side for side in Side if getattr(proposal.approvals, side) is not None}
    return _partners(event.activity) - said - {proposal.proposed_by}


def _waiting(event: _Refused) -> frozenset[Side]:
    """Who proposed it; what the coordinator proposed, each of the two awaits the other's answer
    to."""
    by = event.refused.proposed_by
    return frozenset({by}) if by in _partners(event.activity) else _partners(event.activity) | {by}


def _asked(event: _Refused) -> frozenset[Side]:
    return _partners(event.activity) - {event.refused.proposed_by}


DATE_NEWS: dict[type[activities.ActivityEvent], Callable[[Any], frozenset[Side]]] = {
    activities.ActivityDateProposed: _missing,
    activities.ActivityDatePartiallyAgreed: _missing,
    activities.ActivityDateDeclined: _waiting,
    activities.ActivityDateWithdrawn: _asked,
    activities.ActivityDateLapsed: lambda event: _waiting(event) | _asked(event),
}
"""Which sides hear of it; that all agreed is said by the move itself."""


def facts_of_date(event: activities.ActivityEvent) -> dict[str, Any]:
    """The other date, beside the one that stands; until when it is answered, and why it was
    not wanted."""
    proposal = event.activity.date_proposal
    if isinstance(event, _Refused):
        proposal = event.refused
    if proposal is None:
        return {}
    told = proposal.model_dump(mode="json", include={"slot", "answer_by"}, exclude_none=True)
    facts = {"other_slot": told["slot"], "answer_by": told["answer_by"]}
    if isinstance(event, activities.ActivityDateDeclined):
        facts["reason"] = event.reason
    return facts
