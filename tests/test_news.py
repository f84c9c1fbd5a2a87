"""Which events people hear of by mail. The service that brings an event about and the one that
writes of it are strangers; here each row of a table of actions is held to the rules of news."""

from collections.abc import Iterator
from pathlib import Path

import pytest

from triskel.chassis.testing import examples
from triskel.cli import reference
from triskel.contracts import CATALOGUE, Event
from triskel.contracts import activities as a
from triskel.contracts import registry as r
from triskel.contracts.catalogue import SERVICES
from triskel.notifications.messages.rules import format_news, news
from triskel.notifications.messages.rules.letters import letter_of, letters

EXAMPLES = Path(__file__).parents[1] / "contracts" / "examples"
OF_ANOTHER_NAME = {
    news.TO_REPORT_LAST: a.ActivityToReport,
    news.CLAIM_WAITING: r.OrganisationClaimRequested,
    news.CLAIM_ACCEPTED: r.ContactConfirmed,
}
"""The reasons that say more than their event: every other is its event's name."""
NO_NEWS_OF = {
    "registry.organisations": "it is public, and what a coordinator decides they tell themselves",
    "registry.memberships": "a member need not be a contact: who lets somebody in tells them",
    "registry.waiting-entries": "who waits hears of the partnership that comes of it",
    "registry.regions": "what a region decides is shown where it holds, with each deadline",
    "activities.programmes": "both sides set the targets of their year together",
    "activities.offers": "who looks for offers finds them; nobody is asked for anything yet",
}
"""Topics of which nobody is told anything, and why."""
NO_NEWS: dict[str, tuple[type[Event], ...]] = {
    "a draft, which its author has before them": (a.ActivityEdited,),
    "the day itself says so": (a.ActivityStarted,),
    "what is over is put away, and taken out again": (a.ActivityArchived, a.ActivityUnarchived),
    "nobody is asked or waited for any more": (
        *(a.ActivityCorrected, a.ActivityEvaluated, a.ActivityClosed),
        *(a.ResearchReportAccepted, a.MeetingMinutesApproved, a.MeetingActionItemDone),
    ),
    "plans that both sides make together, before a date which is news": (
        *(a.ActivityBudgetSet, a.ActivityDetailsSet, a.ActivityPlacesSet),
        *(a.ResearchPlanned, a.MeetingDelegationsSet, a.MeetingAgendaSet),
        a.MeetingContinued,
        *(a.ChallengeDescribed, a.ChallengePeopleNamed, a.ChallengeTeamsSet),
    ),
    "who booked, changed or left did it themselves": (
        *(a.ActivityPlaceBooked, a.ActivityPlaceChanged, a.ActivityPlaceLeft),
    ),
    "families are no contacts: their link shows how it stands": (
        *(a.ActivityRegistrationOpened, a.ActivityRegistrationChanged),
        *(a.ActivityRegistrationClosed, a.ActivityRegistrationCounted),
    ),
    "work under way: its ends and its missed dates are news": (
        *(a.ChallengeDeliverableSubmitted, a.ChallengeScored),
        *(a.ResearchSessionRecorded, a.ResearchMilestoneReached, a.ResearchReportMissed),
    ),
    "the coordinator's own steps: what comes of a round is news of its partnerships": (
        *(r.MatchingRoundRankingClosed, r.MatchingRoundMatched),
        *(r.MatchingRoundConfirmed, r.MatchingRoundCancelled),
    ),
    "who reported it looks at what became of it": (r.ReportResolved, r.ReportDismissed),
    "who changes a contact is that person or their organisation": (r.ContactUpdated,),
}
"""Events of which nobody is told, by why not."""


def given() -> dict[type[Event], str]:
    """Each event that an action gives, with the name of one that does."""
    return {
        event: f"{aggregate.name}: {action.name}"
        for service in SERVICES
        for aggregate in reference.aggregates_of(service)
        for action in aggregate.actions
        for event in action.events
    }


def told() -> dict[type[Event], set[str]]:
    """What notifications writes of the contracts' examples: the reasons by event."""
    found: dict[type[Event], set[str]] = {}
    for topic in CATALOGUE.values():
        if "notifications" not in topic.readers:
            continue
        for received in examples(EXAMPLES, topic.name):
            assert received.event is not None
            for mail in (news.news_of(received.event), letter_of(received.event)):
                if mail is not None:
                    found.setdefault(type(received.event), set()).add(mail.reason)
    return found


def faults() -> Iterator[str]:
    written = told()
    quiet = {event for events in NO_NEWS.values() for event in events}
    for event, action in given().items():
        if event not in written and event not in quiet and event.topic not in NO_NEWS_OF:
            yield f"{action} gives {event.__name__}, of which nobody is told"
    for event in quiet & written.keys():
        yield f"{event.__name__} is told, and listed as no news"
    for event in quiet - given().keys():
        yield f"{event.__name__} is listed as no news, and no action gives it"
    for event, reasons in written.items():
        for reason in reasons:
            if OF_ANOTHER_NAME.get(reason) is not event and reason != event.name_and_version()[0]:
                yield f"{reason} is no reason of {event.__name__}"
    for reason in {*news.reasons(), *letters()}.difference(*written.values()):
        yield f"no event has the reason {reason}"


def test_of_each_event_that_an_action_gives_somebody_is_told_or_it_is_said_why_not() -> None:
    assert len(given()) > 60
    assert list(faults()) == []


def test_a_rule_that_is_missing_is_found(monkeypatch: pytest.MonkeyPatch) -> None:
    """The control: a row less on either side."""
    monkeypatch.delitem(news._PARTNERSHIP, r.PartnershipRenewed)
    monkeypatch.delitem(format_news.TOLD, a.ChallengeAwarded)
    monkeypatch.delitem(NO_NEWS, "the day itself says so")
    monkeypatch.setitem(NO_NEWS, "planted", (a.ActivityAccepted, a.ActivityDrafted))
    monkeypatch.setattr(news, "_ROUND", (*news._ROUND, r.MatchingRoundConfirmed))
    assert sorted(faults()) == [
        "ActivityAccepted is told, and listed as no news",
        "ActivityDrafted is listed as no news, and no action gives it",
        "activity: challenge-award gives ChallengeAwarded, of which nobody is told",
        "activity: start gives ActivityStarted, of which nobody is told",
        "no event has the reason matching-round-confirmed",
        "partnership: finish gives PartnershipRenewed, of which nobody is told",
    ]
