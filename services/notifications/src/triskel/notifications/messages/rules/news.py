"""What an event is to people: news with a reason, for some, with the facts that a text needs."""

from collections.abc import Callable
from dataclasses import dataclass, replace
from typing import Any
from uuid import UUID

from triskel.contracts import Event, activities, registry
from triskel.contracts.codes import ConfirmedBy, Role, Side
from triskel.notifications.messages.rules.date_news import DATE_NEWS, facts_of_date
from triskel.notifications.messages.rules.format_news import TOLD, more_facts
from triskel.notifications.messages.rules.participants import DATES, participants_of
from triskel.notifications.messages.rules.place_news import (
    ASKED_AGAIN,
    PLACE_NEWS,
    answer_by_of,
    asked_again,
    booking_of,
    facts_of,
)

SCHOOL = frozenset({Side.SCHOOL})
HOST = frozenset({Side.HOST})
BOTH = SCHOOL | HOST


@dataclass(frozen=True)
class Audience:
    """People of one organisation, or with null the coordinators of the region; of these roles,
    or of all with null. With `contact` that person alone. `taking_part`: they are no side, and hear
    of it unless they are known to have withdrawn meanwhile, however late the news come."""

    organisation: UUID | None
    roles: frozenset[Role] | None = None
    contact: UUID | None = None
    taking_part: bool = False


@dataclass(frozen=True)
class News:
    """`reason` is the event's name; `occurrence` the subject's version, so that a second
    postponement is news again and a redelivery is not."""

    kind: str
    subject: UUID
    region: str
    reason: str
    occurrence: int
    audiences: tuple[Audience, ...]
    facts: dict[str, Any]


def _asked(by: Side) -> frozenset[Side]:
    return {Side.SCHOOL: HOST, Side.HOST: SCHOOL}.get(by, BOTH)


def _asking(by: Side) -> frozenset[Side]:
    return {Side.SCHOOL: SCHOOL, Side.HOST: HOST}.get(by, frozenset({Side.COORDINATOR}))


def _unsaid(approvals: activities.Approvals) -> frozenset[Side]:
    return frozenset(side for side in BOTH if getattr(approvals, side) is None)


def _told_of(activity: activities.Activity) -> frozenset[Side]:
    """Of an answer: who asked; what the coordinator proposed, each of the two awaits the other's
    answer to. Nobody answered what its host published."""
    by, said = activity.proposed_by, activity.approvals
    if by is Side.HOST and said.host and not (said.school or said.coordinator):
        return frozenset()
    both = by is Side.COORDINATOR and activity.school_id is not None
    return BOTH | {by} if both else _asking(by)


def _both(_: activities.Activity) -> frozenset[Side]:
    return BOTH


_ACTIVITY: dict[
    type[activities.ActivityEvent], Callable[[activities.Activity], frozenset[Side]]
] = {
    activities.ActivityProposed: lambda activity: _asked(activity.proposed_by),
    activities.ActivityWithdrawn: lambda activity: _asked(activity.proposed_by),
    activities.ActivityPartiallyAccepted: lambda activity: _unsaid(activity.approvals),
    activities.ActivityAccepted: _told_of,
    activities.ActivityDeclined: _told_of,
    activities.ActivityExpired: _both,
    activities.ActivityScheduled: _both,
    activities.ActivityConfirmed: _both,
    activities.ActivityPostponed: _both,
    activities.ActivityCancelled: _both,
    activities.ActivityLeft: _both,
    activities.ActivitySuspended: _both,
    activities.ActivityResumed: _both,
    activities.ActivityGuestsLeft: _both,
    activities.ActivityHidden: _both,
    activities.ActivityShown: _both,
    activities.ActivityToReport: _both,
    activities.ActivityDelivered: _both,
    # who has not evaluated yet is reminded by the other's evaluation
    activities.ActivityEvaluationRecorded: lambda activity: (
        BOTH - {e.side for e in activity.evaluations}
    ),
}
"""Which sides hear of it. What is not here is no news: drafts, edits, counts, closings."""


def _side_of(role: Role) -> Side:
    if role in (Role.HEAD, Role.TEACHER):
        return Side.SCHOOL
    return Side.HOST if role is Role.COMPANY else Side.COORDINATOR


_ALL = BOTH | {Side.COORDINATOR}
_PARTNERSHIP: dict[
    type[registry.PartnershipEvent], Callable[[registry.Partnership], frozenset[Side]]
] = {
    registry.PartnershipProposed: lambda p: _asked(_side_of(p.proposed_by)),
    registry.PartnershipWithdrawn: lambda p: _ALL if p.cause else _asked(_side_of(p.proposed_by)),
    registry.PartnershipPartiallyAccepted: lambda p: _unanswered(p.approvals),
    registry.PartnershipAccepted: lambda p: _awaiting(_side_of(p.proposed_by)),
    registry.PartnershipDeclined: lambda p: _awaiting(_side_of(p.proposed_by)),
    registry.PartnershipExpired: lambda _: BOTH,
    registry.PartnershipLeft: lambda _: _ALL,
    registry.PartnershipLapsed: lambda _: _ALL,
    registry.PartnershipAgreementDrafted: lambda _: _ALL,
    registry.PartnershipPartiallySigned: lambda p: _unsigned(p.signatures),
    registry.PartnershipSigned: lambda _: _ALL,
    registry.PartnershipActivated: lambda _: BOTH,
    registry.PartnershipSuspended: lambda _: BOTH,
    registry.PartnershipResumed: lambda _: BOTH,
    registry.PartnershipEnded: lambda _: BOTH,
    registry.PartnershipTerminated: lambda _: _ALL,
    registry.PartnershipAmended: lambda _: _ALL,
    registry.PartnershipRenewed: lambda _: BOTH,
    registry.PartnershipPutAtRisk: lambda _: _ALL,
    registry.PartnershipBackOnTrack: lambda _: _ALL,
}


def _unanswered(approvals: registry.Approvals) -> frozenset[Side]:
    said = {Side.SCHOOL: approvals.school, Side.HOST: approvals.company}
    return frozenset(side for side, at in said.items() if at is None)


def _awaiting(by: Side) -> frozenset[Side]:
    """What the coordinator proposed, each of the two awaits the other's answer to."""
    return _ALL if by is Side.COORDINATOR else _asking(by)


def _unsigned(signatures: registry.Signatures) -> frozenset[Side]:
    signed = {
        Side.SCHOOL: signatures.head,
        Side.HOST: signatures.company,
        Side.COORDINATOR: signatures.coordinator,
    }
    return frozenset(side for side, at in signed.items() if at is None)


_SIGNING = (
    registry.PartnershipAgreementDrafted,
    registry.PartnershipPartiallySigned,
    registry.PartnershipAmended,
)


_ROUND: tuple[type[registry.MatchingRoundEvent], ...] = (registry.MatchingRoundOpened,)
"""What a confirmed round proposes is news of its partnerships."""

_REPORT: tuple[type[registry.ReportEvent], ...] = (registry.ReportFiled,)


def news_of(event: Event) -> News | None:
    """Null where nobody need hear of it."""
    if isinstance(event, activities.ActivityEvent):
        return _activity_news(event)
    if isinstance(event, registry.MatchingRoundEvent):
        return _round_news(event)
    if isinstance(event, registry.PartnershipEvent):
        return _partnership_news(event)
    if isinstance(event, registry.ReportEvent):
        return _report_news(event)
    return _claim_news(event) if isinstance(event, registry.ContactEvent) else None


TO_REPORT_LAST = "activity-to-report-last"
CLAIM_WAITING = "organisation-claim-waiting"
CLAIM_ACCEPTED = "organisation-claim-accepted"


def _claim_news(event: registry.ContactEvent) -> News | None:
    """The coordinator hears of a claim that no mailbox can verify, and the claimant of the yes; a
    no is for the coordinator to tell, because the claimant is erased with it."""
    contact = event.contact
    if isinstance(event, registry.OrganisationClaimRequested) and event.token is None:
        kind, subject, reason = "claim", event.claim_id, CLAIM_WAITING
        audience = Audience(None, frozenset({Role.COORDINATOR}))
    elif isinstance(event, registry.ContactConfirmed) and contact.confirmed_by is ConfirmedBy.CLAIM:
        kind, subject, reason = "organisation", contact.organisation_id, CLAIM_ACCEPTED
        audience = Audience(None, contact=contact.id)
    else:
        return None
    facts = {"organisation_id": str(contact.organisation_id)}
    return News(kind, subject, contact.region, reason, contact.version, (audience,), facts)


def reasons() -> list[str]:
    """Every reason of news: each has a text in each language, as each letter's has."""
    kinds: tuple[type[Event], ...] = (
        *_ACTIVITY,
        *DATE_NEWS,
        *TOLD,
        *PLACE_NEWS,
        ASKED_AGAIN,
        *_PARTNERSHIP,
        *_ROUND,
        *_REPORT,
    )
    of_events = (kind.name_and_version()[0] for kind in kinds)
    return sorted([*of_events, TO_REPORT_LAST, CLAIM_WAITING, CLAIM_ACCEPTED])


def _activity_news(event: activities.ActivityEvent) -> News | None:
    sides, told = _ACTIVITY.get(type(event)), TOLD.get(type(event))
    activity, booking, of_date = event.activity, booking_of(event), DATE_NEWS.get(type(event))
    if booking is not None and booking.contact_id is not None:
        audiences: tuple[Audience, ...] = (Audience(None, contact=booking.contact_id),)
    elif booking is not None:
        audiences = (Audience(booking.organisation_id),)
    elif isinstance(event, ASKED_AGAIN):
        audiences = _participants(event)
    elif told is not None:
        organisations = sorted(each for each in told(event) if each is not None)
        audiences = tuple(Audience(each) for each in organisations)
    elif of_date is not None:
        audiences = _audiences(of_date(event), activity.school_id, activity.host_id)
    elif sides is not None:
        hearing = sides(activity) | ({Side.COORDINATOR} if _last_reminder(event) else set())
        audiences = _audiences(hearing, activity.school_id, activity.host_id)
        audiences += _participants(event)
    else:
        return None
    facts = activity.model_dump(
        mode="json",
        include={
            *("format", "title", "school_year", "host_id", "school_id", "answer_by"),
            *("slot", "slot_changes", "reason", "ended_by", "state"),
        },
        exclude_none=True,
    )
    if activity.cause:
        facts["reason"] = activity.cause
    if activity.suspension is not None:
        facts |= {"reason": activity.suspension.cause, "suspended": True}
    if of_date is not None:
        facts |= facts_of_date(event)
    facts |= more_facts(event) | answer_by_of(event) | (facts_of(booking) if booking else {})
    news = _news("activity", event, audiences, facts)
    return replace(news, reason=TO_REPORT_LAST) if news and _last_reminder(event) else news


def _last_reminder(event: activities.ActivityEvent) -> bool:
    return isinstance(event, activities.ActivityToReport) and event.last


def _participants(event: activities.ActivityEvent) -> tuple[Audience, ...]:
    """Whoever takes part beside the two sides. Of another date those who have places are told by
    what asks them whether they still come, the school itself for its own classes, too."""
    activity = event.activity
    known, asked = participants_of(activity), asked_again(activity)
    if isinstance(event, ASKED_AGAIN):
        own = {activity.school_id} & asked
        organisations, contacts = (known.organisations & asked), known.contacts & asked
        sides = tuple(Audience(each) for each in own)
    elif isinstance(event, activities.ActivityPostponed):
        organisations, contacts, sides = known.organisations - asked, known.contacts - asked, ()
    elif isinstance(event, DATES):
        organisations, contacts, sides = known.organisations, known.contacts, ()
    else:
        return ()
    return (
        *sides,
        *(Audience(each, taking_part=True) for each in sorted(organisations)),
        *(Audience(None, contact=each, taking_part=True) for each in sorted(contacts)),
    )


def _partnership_news(event: registry.PartnershipEvent) -> News | None:
    sides = _PARTNERSHIP.get(type(event))
    if sides is None:
        return None
    partnership = event.partnership
    facts = partnership.model_dump(
        mode="json",
        include={
            *("school_id", "company_id", "school_year", "answer_by"),
            *("reason", "starts_on", "risks"),
        },
        exclude_none=True,
    )
    facts["host_id"] = facts.pop("company_id")
    if partnership.cause:
        facts["reason"] = partnership.cause
    signing = isinstance(event, _SIGNING)
    audiences = _audiences(
        sides(partnership), partnership.school_id, partnership.company_id, signing=signing
    )
    return _news("partnership", event, audiences, facts)


def _round_news(event: registry.MatchingRoundEvent) -> News | None:
    """Who takes part must rank before the deadline."""
    if not isinstance(event, registry.MatchingRoundOpened):
        return None
    facts = event.round.model_dump(mode="json", include={"school_year", "rank_until"})
    audiences = tuple(Audience(number) for number in event.participants)
    return _news("matching-round", event, audiences, facts)


def _report_news(event: registry.ReportEvent) -> News | None:
    """The coordinator is asked to look; who reported it sees what became of it."""
    if not isinstance(event, registry.ReportFiled):
        return None
    facts = event.report.model_dump(mode="json", include={"subject", "category"})
    return _news("report", event, (Audience(None, frozenset({Role.COORDINATOR})),), facts)


def _audiences(
    sides: frozenset[Side], school: UUID | None, host: UUID, *, signing: bool = False
) -> tuple[Audience, ...]:
    """Signing is the head's affair in a school."""
    found = []
    if Side.SCHOOL in sides and school is not None:
        found.append(Audience(school, frozenset({Role.HEAD}) if signing else None))
    if Side.HOST in sides:
        found.append(Audience(host))
    if Side.COORDINATOR in sides:
        found.append(Audience(None, frozenset({Role.COORDINATOR})))
    return tuple(found)


def _news(
    kind: str,
    event: Event,
    audiences: tuple[Audience, ...],
    facts: dict[str, Any],
) -> News | None:
    if not audiences:
        return None
    state = event.aggregate
    reason, _ = event.name_and_version()
    return News(kind, state.id, state.region, reason, state.version, audiences, facts)
