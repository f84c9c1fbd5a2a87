"""The rules of innovation challenges: phases, teams, marks, ranking and finals."""

from collections.abc import Callable
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from functools import partial
from typing import Any
from uuid import UUID, uuid4

import pytest

from services.activities.tests import doing
from services.activities.tests.doing import challenge as steps
from triskel.activities.activities.rules.activity import Activity, Facts, Slot
from triskel.activities.activities.rules.challenge import (
    Challenge,
    Criterion,
    Deliverable,
    Prize,
    Sheet,
    Team,
)
from triskel.activities.activities.rules.coherence import moved, proposed_attendance
from triskel.activities.challenges.actions import CHALLENGE
from triskel.activities.challenges.rules.finals import NewFinal, gone_to
from triskel.chassis.actions import Actor
from triskel.contracts.codes import (
    ActivityFormat,
    ActivityState,
    DeliveryOutcome,
    Isced,
    PlaceKind,
    Role,
    Side,
)
from triskel.contracts.format_codes import ChallengePhase, ChallengeStage, DeliverableKind
from triskel.contracts.money_codes import CostKind
from triskel.contracts.refusals import Refusal

NOW = datetime(2026, 1, 20, 8, tzinfo=UTC)
S, P = ActivityState, ChallengePhase
NOTHING = Facts()
UPPER, LOWER = Isced.UPPER_SECONDARY, Isced.LOWER_SECONDARY
SCHOOL_ID, ELSEWHERE = uuid4(), uuid4()


def actor(role: Role, *sides: Side, organisation: UUID | None = None) -> Actor:
    return Actor(frozenset({role}), frozenset(sides), organisation=organisation)


TEACHER = actor(Role.TEACHER, Side.SCHOOL, organisation=SCHOOL_ID)
HOST = actor(Role.COMPANY, Side.HOST)
COORDINATOR = actor(Role.COORDINATOR, Side.COORDINATOR)
GUEST = actor(Role.TEACHER, organisation=ELSEWHERE)
CRITERIA = (Criterion("idée", 40, 20), Criterion("prototype", 60, 20))


def team(number: int, handed: bool = True, **more: Any) -> Team:
    what = Deliverable("Dossier", DeliverableKind.REPORT, NOW, url="https://a.example/d.pdf")
    known = Team(number, f"Équipe {number}", UPPER, 2, 2, 1, SCHOOL_ID, (what,) if handed else ())
    return replace(known, **more)


def challenge(phase: ChallengePhase | None = None, **more: Any) -> Challenge:
    known = Challenge(
        "Faites flotter un capteur.",
        criteria=CRITERIA,
        prizes=(Prize("Premier prix", 60_000, uuid4()),),
        submit_by=NOW + timedelta(days=20),
        jury_seats=2,
        phase=phase,
        teams=(team(1), team(2)),
    )
    return replace(known, **more)


def activity(
    state: ActivityState = S.IN_PROGRESS, phase: ChallengePhase | None = None, **more: Any
) -> Activity:
    of_activity = {"stage", "parent_id", "capacity", "budget", "school_id", "levels", "id"}
    details = {key: value for key, value in more.items() if key not in of_activity}
    known = Activity(
        id=uuid4(),
        region="FRH0",
        version=7,
        format=ActivityFormat.INNOVATION_CHALLENGE,
        state=state,
        title="Défi océan",
        school_year="2025-2026",
        host_id=uuid4(),
        school_id=SCHOOL_ID,
        partnership_id=uuid4(),
        proposed_by=Side.HOST,
        drafted_at=NOW,
        slot=Slot(NOW, NOW + timedelta(days=60), "Europe/Paris", PlaceKind.SCHOOL),
        challenge=challenge(phase, **details),
    )
    return replace(known, **{key: more[key] for key in of_activity & more.keys()})


def rule(decide: Callable[..., Any], a: Activity, who: Actor, now: datetime = NOW) -> str:
    with pytest.raises(Refusal) as refused:
        decide(a, who, NOTHING, now)
    return refused.value.rule


def test_phases_are_reached_one_after_the_other_and_none_twice() -> None:
    ready = {P.BRIEFED: HOST, P.TEAMS_FORMED: TEACHER, P.WORKING: TEACHER}
    ready |= {P.SUBMITTED: TEACHER, P.JURY: HOST}
    order: list[ChallengePhase | None] = [None, *P]
    for before in order:
        for phase, who in ready.items():
            decide = partial(steps.reach, phase=phase)
            if order.index(phase) == order.index(before) + 1:
                after = decide(activity(phase=before), who, NOTHING, NOW).challenge
                assert after is not None
                assert (after.phase, after.phases[-1].at) == (phase, NOW)
            else:
                assert rule(decide, activity(phase=before), who) == "phase-does-not-allow"


def test_a_challenge_is_briefed_once_it_has_a_date_and_worked_on_once_it_is_in_progress() -> None:
    for state in S:
        briefed = doing.refusal("challenge-brief", activity(state), HOST, NOTHING, NOW)
        assert (briefed is None) == (state in {S.SCHEDULED, S.CONFIRMED, S.IN_PROGRESS})
        works = doing.refusal("challenge-work", activity(state, P.TEAMS_FORMED), HOST, NOTHING, NOW)
        assert (works is None) == (state is S.IN_PROGRESS)


def test_what_a_phase_needs_must_be_there() -> None:
    bare = activity(criteria=())
    assert rule(partial(steps.reach, phase=P.BRIEFED), bare, HOST) == "criteria-missing"
    nobody = activity(phase=P.BRIEFED, teams=())
    assert rule(partial(steps.reach, phase=P.TEAMS_FORMED), nobody, TEACHER) == "teams-missing"
    half = activity(phase=P.WORKING, teams=(team(1), team(2, handed=False)))
    submit = partial(steps.reach, phase=P.SUBMITTED)
    assert rule(submit, half, TEACHER) == "deliverables-missing"
    assert submit(half, TEACHER, NOTHING, NOW + timedelta(days=21)).challenge
    judge = partial(steps.reach, phase=P.JURY)
    assert rule(judge, activity(phase=P.SUBMITTED, jury_seats=0), HOST) == "jury-missing"
    empty = activity(phase=P.SUBMITTED, teams=(team(1, handed=False),))
    assert rule(judge, empty, HOST) == "nothing-submitted"


def test_the_company_sets_the_task_and_the_school_forms_the_teams() -> None:
    describe = partial(
        steps.describe,
        scenario="Autre",
        document_url=None,
        criteria=CRITERIA,
        prizes=(),
        submit_by=None,
    )
    assert describe(activity(S.DRAFT), HOST, NOTHING, NOW).challenge.scenario == "Autre"
    assert rule(describe, activity(), TEACHER) == "side-not-allowed"
    set_teams = partial(steps.set_teams, teams=[team(1, handed=False)])
    assert rule(set_teams, activity(phase=P.BRIEFED), HOST) == "side-not-allowed"
    formed = set_teams(activity(phase=P.BRIEFED), TEACHER, NOTHING, NOW)
    assert [each.school_id for each in formed.challenge.teams] == [SCHOOL_ID]


def test_nobody_changes_the_task_or_the_teams_once_pupils_work() -> None:
    for phase in (P.WORKING, P.SUBMITTED, P.JURY, P.AWARDED):
        known = activity(phase=phase)
        for action, who in (("challenge-describe", HOST), ("challenge-teams", TEACHER)):
            refused = doing.refusal(action, known, who, NOTHING, NOW)
            assert refused is not None
            assert refused.rule == "phase-does-not-allow"


@pytest.mark.parametrize(
    ("teams", "why"),
    [
        ([team(1), team(2, label="Équipe 1")], "team-twice"),
        ([team(1), team(2)], "teams-over-capacity"),
        ([team(1, girls=0, boys=0, undeclared=0)], "team-empty"),
    ],
)
def test_teams_have_pupils_a_label_of_their_own_and_room(teams: list[Team], why: str) -> None:
    known = activity(phase=P.BRIEFED, capacity=9)
    assert rule(partial(steps.set_teams, teams=teams), known, TEACHER) == why


def test_a_deadline_lies_ahead_and_within_the_challenge() -> None:
    for days, why in ((-1, "date-in-the-past"), (61, "deadline-after-the-end")):
        decide = partial(
            steps.describe,
            scenario="x",
            document_url=None,
            criteria=CRITERIA,
            prizes=(),
            submit_by=NOW + timedelta(days=days),
        )
        assert rule(decide, activity(), HOST) == why


def test_a_team_hands_in_until_the_deadline_and_the_same_title_replaces() -> None:
    hand_in = partial(
        steps.hand_in,
        team=1,
        what=Deliverable("Dossier", DeliverableKind.VIDEO, NOW, sha256="0" * 64),
    )
    known = activity(phase=P.WORKING)
    after = hand_in(known, TEACHER, NOTHING, NOW).challenge
    assert [each.kind for each in after.teams[0].deliverables] == [DeliverableKind.VIDEO]
    late = NOW + timedelta(days=20, seconds=1)
    assert rule(hand_in, known, TEACHER, late) == "submission-deadline-passed"
    assert rule(hand_in, known, HOST) == "side-not-allowed"
    assert rule(partial(hand_in, team=9), known, TEACHER) == "team-unknown"
    for number in range(4):
        what = Deliverable(f"Pièce {number}", DeliverableKind.CODE, NOW, sha256="0" * 64)
        known = steps.hand_in(known, TEACHER, NOTHING, NOW, 1, what)
    more = Deliverable("Pièce 5", DeliverableKind.CODE, NOW, sha256="0" * 64)
    assert (
        rule(partial(steps.hand_in, team=1, what=more), known, TEACHER) == "deliverables-too-many"
    )


def test_a_school_hands_in_for_its_own_team_only_in_a_final_that_is_not_its_own() -> None:
    teams = (team(1, school_id=ELSEWHERE), team(2))
    known = activity(phase=P.WORKING, teams=teams, school_id=None, parent_id=uuid4())
    what = Deliverable("Film", DeliverableKind.VIDEO, NOW, url="https://a.example/film")
    assert steps.hand_in(known, GUEST, NOTHING, NOW, 1, what).version == 8
    assert rule(partial(steps.hand_in, team=2, what=what), known, GUEST) == "team-not-yours"
    assert "challenge-deliverable" in doing.allowed_actions(known, GUEST, NOTHING, NOW)
    assert (
        doing.allowed_actions(known, actor(Role.TEACHER, organisation=uuid4()), NOTHING, NOW) == []
    )


def test_the_school_does_not_judge_its_own_pupils() -> None:
    score = partial(steps.score, seat=1, marks=[steps.Marks(1, (10, 10))])
    assert rule(score, activity(phase=P.JURY), TEACHER) == "side-not-allowed"
    assert (
        rule(partial(steps.award, places=1), activity(phase=P.JURY), TEACHER) == "side-not-allowed"
    )


@pytest.mark.parametrize(
    ("seat", "given", "why"),
    [
        (3, [steps.Marks(1, (10, 10))], "seat-unknown"),
        (1, [steps.Marks(1, (10, 10)), steps.Marks(1, (9, 9))], "team-twice"),
        (1, [steps.Marks(7, (10, 10))], "team-not-judged"),
        (1, [steps.Marks(1, (10,))], "points-not-of-the-criteria"),
        (1, [steps.Marks(1, (10, 21))], "points-over-the-best"),
    ],
)
def test_marks_are_of_a_seat_a_judged_team_and_each_criterion(
    seat: int, given: list[steps.Marks], why: str
) -> None:
    assert rule(partial(steps.score, seat=seat, marks=given), activity(phase=P.JURY), HOST) == why


def test_a_jurors_marks_replace_the_earlier_ones_of_the_same_team() -> None:
    known = activity(phase=P.JURY)
    for points in ((1, 1), (19, 20)):
        known = steps.score(known, HOST, NOTHING, NOW, 1, [steps.Marks(1, points)])
    assert known.challenge is not None
    assert known.challenge.sheets == (Sheet(1, 1, (19, 20)),)


def test_there_is_no_award_before_every_juror_marked_every_team() -> None:
    known = activity(phase=P.JURY)
    award = partial(steps.award, places=1)
    assert rule(award, known, HOST) == "marks-missing"
    for seat in (1, 2):
        both = [steps.Marks(1, (10, 10)), steps.Marks(2, (15, 15))]
        known = steps.score(known, HOST, NOTHING, NOW, seat, both)
    assert [row.team for row in award(known, HOST, NOTHING, NOW).challenge.ranking] == [2, 1]


def awarded(**more: Any) -> Activity:
    known = activity(phase=P.JURY, **more)
    assert known.challenge is not None
    points = {1: (20, 20), 2: (1, 1)}
    sheets = tuple(Sheet(seat, number, points[number]) for seat in (1, 2) for number in points)
    whole = replace(known.challenge, sheets=sheets)
    return steps.award(replace(known, challenge=whole), HOST, NOTHING, NOW, 1)


def test_each_prize_that_found_its_rank_has_one_cost_line() -> None:
    prizes = (Prize("Premier prix", 60_000, uuid4()), Prize("Troisième prix", 5_000, None, 3))
    known = awarded(prizes=prizes)
    assert [(line.kind, line.amount) for line in known.budget] == [(CostKind.PRIZE, 60_000)]
    assert known.budget[0].funder_id == prizes[0].funder_id
    again = awarded(prizes=prizes, budget=known.budget)
    assert again.budget == known.budget


def test_a_briefed_challenge_is_delivered_in_full_only_once_it_is_awarded() -> None:
    over = NOW + timedelta(days=61)
    deliver = partial(doing.spine.deliver, outcome=DeliveryOutcome.FULL, attendance=[])
    assert rule(deliver, activity(phase=P.JURY), TEACHER, over) == "challenge-not-awarded"
    done = deliver(awarded(), TEACHER, NOTHING, over)
    assert [(row.level, row.people) for row in done.attendance] == [(UPPER, 10)]
    part = partial(deliver, outcome=DeliveryOutcome.PARTIAL)
    assert part(activity(phase=P.JURY), TEACHER, NOTHING, over).state is S.DELIVERED


def test_teams_let_expect_an_attendance_by_level() -> None:
    known = activity(phase=P.WORKING, teams=(team(1), team(2), team(3, level=LOWER, girls=9)))
    rows = proposed_attendance(known)
    assert [(row.level, row.girls, row.boys, row.undeclared) for row in rows] == [
        (LOWER, 9, 2, 1),
        (UPPER, 4, 4, 2),
    ]


def test_a_deadline_that_another_slot_leaves_behind_is_set_anew() -> None:
    later = Slot(
        NOW + timedelta(days=30), NOW + timedelta(days=90), "Europe/Paris", PlaceKind.SCHOOL
    )
    after = moved(activity(), later)
    assert after.challenge is not None
    assert after.challenge.submit_by is None
    same = moved(activity(), replace(later, starts_at=NOW))
    assert same.challenge is not None
    assert same.challenge.submit_by is not None


def opened(source: Activity, stage: ChallengeStage) -> tuple[Activity, Activity]:
    wanted = NewFinal(stage, "Finale", source.host_id, 100)
    return doing.opened_final(source, COORDINATOR, NOTHING, NOW, wanted)


def test_only_winners_go_to_the_final_and_it_tells_where_they_come_from() -> None:
    source = awarded()
    after, final = opened(source, ChallengeStage.REGIONAL)
    assert after.challenge is not None and final.challenge is not None
    assert [each.advanced_to for each in after.challenge.teams] == [final.id, None]
    (arrived,) = final.challenge.teams
    assert (arrived.origin_id, arrived.origin_number) == (source.id, 1)
    assert (arrived.school_id, arrived.deliverables) == (SCHOOL_ID, ())
    assert (final.parent_id, final.school_id, final.version) == (source.id, None, 1)
    assert final.guests == {SCHOOL_ID}


def test_a_team_advances_once_unless_its_final_does_not_take_place() -> None:
    after, final = opened(awarded(), ChallengeStage.REGIONAL)
    regional = {"final_id": uuid4(), "stage": ChallengeStage.REGIONAL}
    advance = partial(doing.do, "challenge-final", **regional)
    with pytest.raises(Refusal) as refused:
        advance(after, COORDINATOR, NOTHING, NOW)
    assert refused.value.rule == "advanced-already"
    void = Facts(void_finals=frozenset({final.id}))
    again = advance(after, COORDINATOR, void, NOW)
    assert [each.number for each in gone_to(again, regional["final_id"])] == [1]


def test_the_way_leads_from_school_to_regional_to_national_and_never_back() -> None:
    for own, stage, why in (
        (ChallengeStage.REGIONAL, ChallengeStage.REGIONAL, "stage-not-later"),
        (ChallengeStage.NATIONAL, ChallengeStage.NATIONAL, "last-stage"),
    ):
        with pytest.raises(Refusal) as refused:
            opened(awarded(stage=own), stage)
        assert refused.value.rule == why
    _, final = opened(awarded(stage=ChallengeStage.REGIONAL), ChallengeStage.NATIONAL)
    assert final.stage is ChallengeStage.NATIONAL


def test_only_the_coordinator_sends_teams_to_finals() -> None:
    for who in (HOST, TEACHER, GUEST):
        assert "challenge-final" not in doing.allowed_actions(awarded(), who, NOTHING, NOW)
    assert "challenge-final" in doing.allowed_actions(awarded(), COORDINATOR, NOTHING, NOW)


def test_winners_of_several_challenges_join_one_final_until_its_teams_are_formed() -> None:
    _, final = opened(awarded(), ChallengeStage.REGIONAL)
    other = awarded()
    joined = doing.receive(final, other, (team(1),), NOW)
    assert joined.challenge is not None
    assert [each.number for each in joined.challenge.teams] == [1, 2]
    assert joined.version == final.version + 1
    assert final.challenge is not None
    formed = replace(final, challenge=replace(final.challenge, phase=P.TEAMS_FORMED))
    for target, why in (
        (formed, "final-has-its-teams"),
        (replace(final, state=S.CANCELLED), "final-has-its-teams"),
        (replace(final, capacity=9), "final-is-full"),
        (awarded(), "not-a-final"),
    ):
        with pytest.raises(Refusal) as refused:
            doing.receive(target, other, (team(1),), NOW)
        assert refused.value.rule == why
    set_teams = partial(steps.set_teams, teams=[team(1)])
    briefed = replace(formed, challenge=replace(final.challenge, phase=P.BRIEFED))
    dated = replace(briefed, state=S.SCHEDULED, slot=activity().slot)
    assert rule(set_teams, dated, COORDINATOR) == "winners-only"


@pytest.mark.parametrize("action", [action.name for action in CHALLENGE])
def test_other_formats_have_no_challenge(action: str) -> None:
    known = replace(activity(), format=ActivityFormat.GUEST_LESSON, challenge=None)
    refused = doing.refusal(action, known, COORDINATOR, NOTHING, NOW)
    assert refused is not None
    assert refused.rule == "format-does-not-allow"
