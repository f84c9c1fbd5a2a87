"""The life of a partnership: who may do what, when, and what it becomes."""

from dataclasses import replace
from datetime import UTC, date, datetime, timedelta
from itertools import product
from typing import Any
from uuid import uuid4

import pytest
from hypothesis import given
from hypothesis import strategies as st

from triskel.chassis.actions import CLOCK, Actor, Attempt
from triskel.contracts.codes import PartnershipReason, PartnershipState, Role, Side
from triskel.contracts.refusals import Refusal
from triskel.contracts.registry import RegionSettings
from triskel.registry.partnerships.actions import ACTIONS, AMEND, EXPIRE, LAPSE, SIGN
from triskel.registry.partnerships.refusals import AnotherDocument
from triskel.registry.partnerships.rules.state import (
    Agreement,
    Approvals,
    Facts,
    Partnership,
    Signatures,
    Terms,
)
from triskel.registry.partnerships.rules.transitions import check_dates

NOW = datetime(2025, 9, 25, 8, tzinfo=UTC)
S = PartnershipState
OTHER = PartnershipReason.OTHER
WITH_REASON = {"decline", "withdraw", "leave", "suspend", "end", "terminate"}


DOCUMENT = Agreement(1, "fr", "0" * 64)
PERSON = uuid4()
GIVEN: dict[str, dict[str, Any]] = {
    "draft-agreement": {"agreement": DOCUMENT},
    "sign": {"digest": DOCUMENT.digest, "person": PERSON},
}


def actor(role: Role) -> Actor:
    side = {Role.COORDINATOR: Side.COORDINATOR, Role.COMPANY: Side.HOST}.get(role, Side.SCHOOL)
    return Actor(frozenset({role}), frozenset({side}))


HEAD, TEACHER, COMPANY, COORDINATOR = map(
    actor, (Role.HEAD, Role.TEACHER, Role.COMPANY, Role.COORDINATOR)
)
STRANGER = Actor(frozenset({Role.COMPANY}), frozenset())
PLANNED = Facts(planned_activities=1)


def proposed(by: Role = Role.TEACHER, **more: Any) -> Partnership:
    known = Partnership(
        id=uuid4(),
        region="FRH0",
        version=1,
        school_id=uuid4(),
        company_id=uuid4(),
        school_year="2025-2026",
        state=S.PROPOSED,
        proposed_by=by,
        proposed_at=NOW,
        answer_by=NOW + timedelta(days=30),
        starts_on=date(2025, 9, 1),
        ends_on=date(2026, 7, 3),
        approvals=Approvals(
            school=NOW if by in (Role.HEAD, Role.TEACHER) else None,
            company=NOW if by is Role.COMPANY else None,
        ),
    )
    return replace(known, **more)


def do(
    known: Partnership,
    action: str,
    who: Actor,
    facts: Facts = PLANNED,
    now: datetime = NOW,
    reason: PartnershipReason | None = OTHER,
) -> Partnership:
    """The partnership after an action, with a reason where it takes one."""
    given_ = {"reason": reason} if action in WITH_REASON else GIVEN.get(action, {})
    changes = ACTIONS[action].decide(Attempt(known, who, facts, now), **given_)
    return changes[-1].subject if changes else known


def refused(known: Partnership, action: str, who: Actor, **more: Any) -> str:
    with pytest.raises(Refusal) as error:
        do(known, action, who, **more)
    return error.value.rule


def test_the_side_that_was_asked_answers() -> None:
    assert do(proposed(Role.TEACHER), "accept", COMPANY).state == S.ACCEPTED
    assert do(proposed(Role.COMPANY), "accept", HEAD).state == S.ACCEPTED
    assert refused(proposed(Role.TEACHER), "accept", HEAD) == "other-side-answers"
    assert refused(proposed(Role.COMPANY), "decline", COMPANY) == "other-side-answers"


def test_what_the_coordinator_proposes_is_accepted_when_both_have_said_yes() -> None:
    for first, second in ((COMPANY, TEACHER), (HEAD, COMPANY)):
        half = do(proposed(Role.COORDINATOR), "accept", first)
        assert (half.state, half.version, half.accepted_at) == (S.PROPOSED, 2, None)
        assert refused(half, "accept", first) == "said-yes-already"
        assert refused(half, "accept", COORDINATOR) == "other-side-answers"
        both = do(half, "accept", second, now=NOW + timedelta(days=1))
        assert (both.state, both.accepted_at) == (S.ACCEPTED, NOW + timedelta(days=1))
        assert do(half, "decline", second).state == S.DECLINED


def test_nobody_says_yes_for_a_partner() -> None:
    for by in (Role.TEACHER, Role.COMPANY, Role.COORDINATOR):
        assert refused(proposed(by), "accept", COORDINATOR) == "other-side-answers"


def test_only_the_asking_side_takes_it_back() -> None:
    assert do(proposed(Role.TEACHER), "withdraw", HEAD).state == S.WITHDRAWN
    assert refused(proposed(Role.TEACHER), "withdraw", COMPANY) == "asking-side-withdraws"


def test_after_the_deadline_there_is_no_answer() -> None:
    late = {"now": NOW + timedelta(days=30, seconds=1)}
    assert refused(proposed(), "accept", COMPANY, **late) == "answer-deadline-passed"
    assert refused(proposed(), "decline", COMPANY, **late) == "answer-deadline-passed"
    expired = EXPIRE.changes(Attempt(proposed(), CLOCK, PLANNED, NOW))
    assert expired[-1].subject.state == S.EXPIRED


def test_a_company_carries_no_more_partnerships_than_it_said() -> None:
    full = Facts(capacity=2, carried=2)
    assert refused(proposed(), "accept", COMPANY, facts=full) == "company-at-capacity"
    assert do(proposed(), "accept", COMPANY, facts=Facts(capacity=2, carried=1))


def test_head_company_and_coordinator_sign_once_each_in_any_order() -> None:
    draft = do(do(proposed(), "accept", COMPANY), "draft-agreement", COORDINATOR)
    known = do(draft, "sign", COORDINATOR)
    assert known.state == S.PARTIALLY_SIGNED
    assert refused(known, "sign", COORDINATOR) == "no-signature-to-give"
    assert refused(known, "sign", TEACHER) == "no-signature-to-give"
    known = do(do(known, "sign", COMPANY), "sign", HEAD)
    assert known.state == S.SIGNED
    assert known.version == 6


def test_a_new_document_has_no_signature_of_the_one_before() -> None:
    draft = do(do(proposed(), "accept", COMPANY), "draft-agreement", COORDINATOR)
    signed = do(draft, "sign", HEAD)
    assert (signed.signatures.head, signed.signatures.head_by) == (NOW, PERSON)
    with pytest.raises(AnotherDocument):
        SIGN.decide(Attempt(signed, COMPANY, PLANNED, NOW), "1" * 64, PERSON)
    again = do(signed, "draft-agreement", COORDINATOR)
    assert (again.state, again.signatures) == (S.AGREEMENT_DRAFT, Signatures())


def test_head_signatory_and_coordinator_alone_amend_renew_and_terminate() -> None:
    active = proposed(state=S.ACTIVE)
    theirs = {"amend", "renew", "terminate"}
    for who in (HEAD, COMPANY, COORDINATOR):
        assert theirs <= set(ACTIONS.allowed(Attempt(active, who, PLANNED, NOW)))
    assert theirs.isdisjoint(ACTIONS.allowed(Attempt(active, TEACHER, PLANNED, NOW)))
    assert refused(active, "terminate", TEACHER) == "signatory-only"


@pytest.mark.parametrize("state", [S.ACCEPTED, S.AGREEMENT_DRAFT, S.PARTIALLY_SIGNED])
def test_either_side_leaves_before_all_have_signed_with_a_reason(state: PartnershipState) -> None:
    known = proposed(state=state, accepted_at=NOW)
    for who in (TEACHER, HEAD, COMPANY, COORDINATOR):
        left = do(known, "leave", who)
        assert (left.state, left.reason, left.closed_at) == (S.WITHDRAWN, OTHER, NOW)
    assert refused(known, "leave", COMPANY, reason=None) == "reason-missing"
    if state is not S.ACCEPTED:
        assert refused(known, "terminate", COMPANY) == "not-in-force-yet"


def test_what_is_signed_or_was_active_is_not_left_but_terminated() -> None:
    assert refused(proposed(state=S.SIGNED), "leave", HEAD) == "state-does-not-allow"
    amended = proposed(state=S.AGREEMENT_DRAFT, activated_at=NOW)
    assert refused(amended, "leave", HEAD) == "active-already"
    assert do(amended, "terminate", HEAD).state == S.TERMINATED


def test_what_not_all_sign_in_time_lapses_unless_it_was_active() -> None:
    region = Facts(settings=RegionSettings(sign_within_days=20))
    accepted = do(proposed(), "accept", COMPANY, facts=region)
    assert accepted.sign_by == NOW + timedelta(days=20)
    drafted = do(accepted, "draft-agreement", COORDINATOR)
    late = accepted.sign_by + timedelta(seconds=1)
    assert refused(drafted, "sign", HEAD, now=late) == "signing-deadline-passed"
    assert LAPSE.rule_refusal(Attempt(drafted, CLOCK, region, accepted.sign_by)) is not None
    (lapsed,) = LAPSE.decide(Attempt(drafted, CLOCK, region, late))
    assert (lapsed.subject.state, lapsed.subject.closed_at) == (S.EXPIRED, late)
    active = proposed(state=S.ACTIVE, activated_at=NOW, sign_by=accepted.sign_by)
    (amended,) = AMEND.decide(
        Attempt(active, HEAD, region, NOW), Terms(goals="Deux visites"), DOCUMENT
    )
    assert amended.subject.sign_by is None
    assert LAPSE.rule_refusal(Attempt(amended.subject, CLOCK, region, late)) is not None


def test_it_becomes_active_on_its_start_date_with_a_planned_activity() -> None:
    signed = proposed(state=S.SIGNED, starts_on=date(2025, 9, 25))
    early = {"now": NOW - timedelta(days=1)}
    assert refused(signed, "activate", COORDINATOR, **early) == "start-date-not-reached"
    nothing = {"facts": Facts()}
    assert refused(signed, "activate", COORDINATOR, **nothing) == "no-planned-activity"
    active = do(signed, "activate", HEAD)
    assert (active.state, active.activated_at) == (S.ACTIVE, NOW)
    paused = do(active, "suspend", COORDINATOR)
    resumed = do(paused, "resume", COORDINATOR, now=NOW + timedelta(days=9))
    assert (resumed.state, resumed.activated_at, resumed.reason) == (S.ACTIVE, NOW, None)


def test_endings_need_a_reason() -> None:
    active = proposed(state=S.ACTIVE)
    for action in ("end", "terminate", "suspend"):
        assert refused(active, action, COORDINATOR, reason=None) == "reason-missing"
    ended = do(active, "end", COORDINATOR)
    assert (ended.state, ended.closed_at, ended.reason) == (S.ENDED, NOW, OTHER)


def test_nobody_acts_on_the_partnership_of_others() -> None:
    for state, action in product(S, ACTIONS.by_people()):
        assert refused(proposed(state=state), action, STRANGER) == "not-a-partner"


@pytest.mark.parametrize(
    ("year", "first", "last", "rule"),
    [
        ("2025-2027", date(2025, 9, 1), date(2026, 7, 1), "school-year-malformed"),
        ("2025-2026", date(2025, 7, 31), date(2026, 7, 1), "dates-outside-school-year"),
        ("2025-2026", date(2025, 9, 1), date(2026, 9, 1), "dates-outside-school-year"),
        ("2025-2026", date(2026, 1, 2), date(2026, 1, 1), "dates-outside-school-year"),
    ],
)
def test_dates_lie_within_the_school_year(year: str, first: date, last: date, rule: str) -> None:
    with pytest.raises(Refusal) as error:
        check_dates(year, first, last)
    assert error.value.rule == rule


acts = st.lists(
    st.tuples(
        st.sampled_from(ACTIONS.by_people()),
        st.sampled_from([HEAD, TEACHER, COMPANY, COORDINATOR, STRANGER]),
        st.integers(0, 40),
        st.builds(
            Facts,
            planned_activities=st.integers(0, 1),
            capacity=st.sampled_from([None, 1]),
            carried=st.integers(0, 1),
            renewed=st.booleans(),
        ),
    ),
    max_size=25,
)
GOALS = ("Robotique", "Énergies marines")


def tried(action: str, known: Partnership, who: Actor, facts: Facts, now: datetime) -> Partnership:
    """What each action does to a partnership; a renewal makes another one and changes nothing."""
    if action == "amend":
        goals = GOALS[known.goals == GOALS[0]]
        attempt = Attempt(known, who, facts, now)
        return AMEND.decide(attempt, Terms(goals=goals), DOCUMENT)[-1].subject
    return do(known, action, who, facts, now)


_FINAL = {S.DECLINED, S.WITHDRAWN, S.ENDED, S.TERMINATED, S.EXPIRED}


@given(st.sampled_from([Role.TEACHER, Role.HEAD, Role.COMPANY, Role.COORDINATOR]), acts)
def test_whatever_people_try_only_what_is_listed_as_allowed_happens(by: Role, tries: Any) -> None:
    known = proposed(by)
    for action, who, day, facts in tries:
        now = NOW + timedelta(days=day)
        allowed = ACTIONS.allowed(Attempt(known, who, facts, now))
        try:
            following = tried(action, known, who, facts, now)
        except Refusal:
            assert action not in allowed
            continue
        assert action in allowed
        if action == "renew":
            continue
        assert following.version == known.version + 1
        assert known.state not in _FINAL
        assert following.state != S.ACTIVE or (following.activated_at is not None)
        known = following
    if known.state in {S.SIGNED, S.ACTIVE, S.SUSPENDED}:
        assert known.signatures.all
