"""The rules of task-force meetings: delegations, agenda, minutes, action items."""

from collections.abc import Callable
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from functools import partial
from typing import Any
from uuid import UUID, uuid4

import pytest

from services.activities.tests import doing
from services.activities.tests.doing import meetings as steps
from triskel.activities.activities.rules.activity import Activity, BudgetLine, Facts, Slot
from triskel.activities.activities.rules.coherence import proposed_attendance
from triskel.activities.activities.rules.dues import dues_of
from triskel.activities.activities.rules.meeting import (
    ActionItem,
    AgendaItem,
    Delegation,
    DossierPart,
    Guest,
    StudyVisit,
    TaskForce,
)
from triskel.chassis.actions import Actor
from triskel.contracts.codes import (
    ActivityFormat,
    ActivityState,
    Audience,
    OrganisationKind,
    PlaceKind,
    Role,
    Side,
)
from triskel.contracts.format_codes import MeetingMode
from triskel.contracts.money_codes import BudgetState, CostKind
from triskel.contracts.refusals import Refusal

NOW = datetime(2026, 3, 10, 10, tzinfo=UTC)
S = ActivityState
NOTHING = Facts()
HERE, DUTCH = uuid4(), uuid4()


def actor(role: Role, *sides: Side, organisation: UUID | None = None, of: str | None = None) -> Any:
    return Actor(frozenset({role}), frozenset(sides), organisation=organisation, coordinates=of)


HOST = actor(Role.COMPANY, Side.HOST, organisation=HERE)
COORDINATOR = actor(Role.COORDINATOR, Side.COORDINATOR, of="FRH0")
GUEST = actor(Role.COMPANY, organisation=DUTCH)
DUTCH_COORDINATOR = actor(Role.COORDINATOR, of="NL")
STRANGER = actor(Role.COMPANY, organisation=uuid4())
FROM_HERE = Delegation("FRH0", HERE, 4)
FROM_NL = Delegation("NL", DUTCH, 3, remote=True)
ITEM = ActionItem(1, "Partager la grille", DUTCH, (NOW + timedelta(days=30)).date())


def meeting(state: ActivityState = S.IN_PROGRESS, **more: Any) -> Activity:
    known = TaskForce("FRH0", MeetingMode.HYBRID, (FROM_HERE, FROM_NL))
    return Activity(
        id=uuid4(),
        region="FRH0",
        version=7,
        format=ActivityFormat.TASK_FORCE_MEETING,
        state=state,
        title="Rencontre de la task force",
        school_year="2025-2026",
        host_id=HERE,
        school_id=None,
        partnership_id=None,
        proposed_by=Side.HOST,
        drafted_at=NOW,
        capacity=30,
        slot=Slot(
            NOW - timedelta(hours=2), NOW + timedelta(hours=6), "Europe/Paris", PlaceKind.COMPANY
        ),
        task_force=replace(known, **more),
    )


def rule(decide: Callable[..., Any], meeting: Activity, who: Actor, now: datetime = NOW) -> str:
    with pytest.raises(Refusal) as refused:
        decide(meeting, who, NOTHING, now)
    return refused.value.rule


def delegations(mode: MeetingMode, *given: Delegation) -> Callable[..., Activity]:
    return partial(steps.set_delegations, host_region="FRH0", mode=mode, delegations=given)


@pytest.mark.parametrize(
    ("mode", "given", "why"),
    [
        ("hybrid", [FROM_NL, replace(FROM_NL, remote=False)], "delegation-twice"),
        ("on-site", [FROM_HERE, FROM_NL], "delegation-not-of-the-mode"),
        ("remote", [FROM_HERE, FROM_NL], "delegation-not-of-the-mode"),
        ("hybrid", [replace(FROM_NL, delegates=31)], "delegates-over-capacity"),
    ],
)
def test_an_organisation_is_named_once_and_is_there_as_the_meeting_is(
    mode: str, given: list[Delegation], why: str
) -> None:
    assert rule(delegations(MeetingMode(mode), *given), meeting(S.SCHEDULED), HOST) == why


def test_a_region_sends_as_many_delegates_of_as_many_organisations_as_the_host_allows() -> None:
    rectorate, council, company = (Delegation("NL", uuid4(), people) for people in (3, 2, 1))
    sent = (FROM_HERE, rectorate, council, company)
    known = meeting(S.SCHEDULED)

    def allowing(most: int | None) -> Callable[..., Activity]:
        return partial(delegations(MeetingMode.HYBRID, *sent), delegates_per_region=most)

    for most in (6, None):
        after = allowing(most)(known, HOST, NOTHING, NOW)
        assert after.task_force is not None
        assert after.task_force.delegation("NL") == (rectorate, council, company)
        assert proposed_attendance(after)[0].undeclared == 10
    assert rule(allowing(5), known, HOST) == "delegates-over-their-number"
    minutes = steps.publish_minutes(
        meeting(delegations=sent), HOST, NOTHING, NOW, None, None, "Convenu."
    )
    of_the_council = actor(Role.COMPANY, organisation=council.organisation_id)
    approved = steps.approve_minutes(minutes, of_the_council, NOTHING, NOW, "NL")
    of_the_company = actor(Role.COMPANY, organisation=company.organisation_id)
    again = partial(steps.approve_minutes, region="NL")
    assert rule(again, approved, of_the_company) == "nothing-to-approve"


def test_guests_of_other_regions_come_and_read_and_approve_nothing() -> None:
    dane = Guest("DK", uuid4(), 2)
    decide = partial(delegations(MeetingMode.HYBRID, FROM_HERE), guests=(dane,))
    known = decide(meeting(S.SCHEDULED), HOST, NOTHING, NOW)
    assert known.guests == {HERE, dane.organisation_id}
    assert proposed_attendance(known)[0].undeclared == 6
    crowded = partial(decide, guests=(replace(dane, people=27),))
    assert rule(crowded, meeting(S.SCHEDULED), HOST) == "delegates-over-capacity"
    minutes = steps.publish_minutes(
        meeting(guests=(dane,)), HOST, NOTHING, NOW, None, None, "Convenu."
    )
    who = actor(Role.COMPANY, organisation=dane.organisation_id)
    approve = partial(steps.approve_minutes, region="DK")
    assert rule(approve, minutes, who) == "not-a-participant"


@pytest.mark.parametrize(
    ("earlier", "why"),
    [
        (S.CONFIRMED, "earlier-part-not-held"),
        (S.DELIVERED, None),
        (S.CLOSED, None),
        (S.CANCELLED, None),
    ],
)
def test_a_meeting_on_site_is_confirmed_once_the_video_before_it_was_held_or_called_off(
    earlier: ActivityState, why: str | None
) -> None:
    video = uuid4()
    part = DossierPart(video, 2, previous_id=video)
    known = replace(
        meeting(S.SCHEDULED, dossier=part),
        slot=Slot(NOW + timedelta(days=30), NOW + timedelta(days=31), "UTC", PlaceKind.OTHER),
    )
    facts = Facts(other_parts={video: earlier})
    refused = doing.refusal("confirm", known, HOST, facts, NOW)
    assert (refused.rule if refused else None) == why


def test_delegations_are_set_by_who_receives_them_and_not_by_guests() -> None:
    decide = delegations(MeetingMode.HYBRID, FROM_HERE, FROM_NL)
    assert decide(meeting(S.DRAFT), HOST, NOTHING, NOW).guests == {HERE, DUTCH}
    assert rule(decide, meeting(), GUEST) == "not-a-participant"


def test_a_delegation_that_leads_an_item_does_not_vanish() -> None:
    known = meeting(agenda=(AgendaItem("Indicateurs", 60, "NL"),))
    decide = delegations(MeetingMode.ON_SITE, FROM_HERE)
    assert rule(decide, known, HOST) == "delegation-on-the-agenda"


def visit(hours: float, long: float = 2) -> StudyVisit:
    start = NOW + timedelta(hours=hours)
    return StudyVisit(HERE, start, start + timedelta(hours=long))


@pytest.mark.parametrize(
    ("items", "visits", "why"),
    [
        ([AgendaItem("Indicateurs", 60, "DK")], [], "delegation-unknown"),
        ([AgendaItem("Indicateurs", 500)], [], "agenda-too-long"),
        ([], [visit(5)], "visit-outside-the-slot"),
        ([], [visit(1, long=-1)], "slot-ends-before-it-starts"),
    ],
)
def test_agenda_and_visits_fit_into_the_meeting_and_delegations_lead_items(
    items: list[AgendaItem], visits: list[StudyVisit], why: str
) -> None:
    assert rule(partial(steps.set_agenda, items=items, visits=visits), meeting(), HOST) == why


def test_delegates_are_the_attendance() -> None:
    (row,) = proposed_attendance(meeting())
    assert (row.audience, row.level, row.undeclared) == (Audience.DELEGATES, None, 7)


def publish(meeting: Activity) -> Activity:
    return steps.publish_minutes(meeting, HOST, NOTHING, NOW, None, None, "Nous avons décidé.")


def test_each_delegation_approves_the_minutes_for_itself_once() -> None:
    approve = partial(steps.approve_minutes, region="NL")
    assert rule(approve, meeting(), GUEST) == "minutes-missing"
    known = publish(meeting())
    assert rule(partial(approve, region="FRH0"), known, GUEST) == "delegation-not-yours"
    assert rule(approve, known, STRANGER) == "not-a-participant"
    for who in (GUEST, DUTCH_COORDINATOR, COORDINATOR):
        approved = approve(known, who, NOTHING, NOW)
        assert [each.region for each in approved.task_force.minutes.approvals] == ["NL"]
        assert rule(approve, approved, COORDINATOR) == "approved-already"
    assert rule(approve, approved, GUEST) == "nothing-to-approve"


def test_minutes_published_anew_are_approved_anew() -> None:
    known = steps.approve_minutes(publish(meeting()), GUEST, NOTHING, NOW, "NL")
    again = publish(known).task_force
    assert again is not None and again.minutes is not None
    assert again.minutes.approvals == ()


def test_an_action_item_is_due_on_a_day_to_come() -> None:
    add = partial(steps.add_action_item, title="Partager la grille", owner_id=DUTCH)
    today = NOW.date()
    assert rule(partial(add, due_on=today - timedelta(days=1)), meeting(), HOST) == (
        "date-in-the-past"
    )
    assert rule(partial(add, due_on=today), meeting(), GUEST) == "not-a-participant"
    known = meeting()
    for _ in range(2):
        known = add(known, HOST, NOTHING, NOW, due_on=today)
    assert known.task_force is not None
    assert [each.number for each in known.task_force.action_items] == [1, 2]


def test_its_owner_ticks_an_action_item_after_the_meeting_is_closed_too() -> None:
    done = partial(steps.finish_action_item, number=1)
    for state in (S.SCHEDULED, S.IN_PROGRESS, S.DELIVERED, S.EVALUATED, S.CLOSED):
        known = meeting(state, action_items=(ITEM,))
        assert "meeting-action-item-done" in doing.allowed_actions(known, GUEST, NOTHING, NOW)
        ticked = done(known, GUEST, NOTHING, NOW)
        assert ticked.task_force.action_items[0].done_at == NOW
        assert rule(done, ticked, GUEST) == "no-open-item"
    assert rule(done, meeting(S.CANCELLED, action_items=(ITEM,)), GUEST) == "state-does-not-allow"


def test_nobody_ticks_anothers_action_item_but_the_coordinator() -> None:
    done = partial(steps.finish_action_item, number=1)
    mine = replace(ITEM, number=2, owner_id=HERE)
    known = meeting(action_items=(ITEM, mine))
    assert rule(done, known, HOST) == "action-item-not-yours"
    assert rule(done, known, STRANGER) == "not-a-participant"
    assert done(known, COORDINATOR, NOTHING, NOW).version == 8


def test_action_items_of_a_meeting_that_is_called_off_are_not_due() -> None:
    assert len(dues_of(meeting(action_items=(ITEM,)))) == 1
    assert dues_of(meeting(S.CANCELLED, action_items=(ITEM,))) == ()


def test_a_cost_line_may_be_for_one_delegation_and_names_who_pays() -> None:
    def line(region: str) -> BudgetLine:
        return BudgetLine(
            CostKind.TRANSPORT, "Train", 42_000, BudgetState.PLANNED, DUTCH, delegation=region
        )

    kinds = {DUTCH: OrganisationKind.NETWORK}
    budget = partial(doing.spine.set_budget, lines=[line("NL")], kinds=kinds)
    assert budget(meeting(), HOST, NOTHING, NOW).budget == (line("NL"),)
    assert rule(partial(budget, lines=[line("DK")]), meeting(), HOST) == "delegation-unknown"
