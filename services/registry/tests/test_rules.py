"""The registry's rules: identifiers, statuses, and the life of a partnership."""

from dataclasses import replace
from datetime import UTC, date, datetime, timedelta
from itertools import product
from typing import Any
from uuid import uuid4

import pytest
from hypothesis import given
from hypothesis import strategies as st

from triskel.contracts.codes import (
    OrganisationKind,
    OrganisationStatus,
    PartnershipReason,
    PartnershipState,
    Role,
    Side,
)
from triskel.contracts.refusals import Refusal
from triskel.registry.contacts.rules.contact import normalised_email
from triskel.registry.gateways.entries import Entry, mailbox
from triskel.registry.organisations.rules import organisation as organisations
from triskel.registry.partnerships import rules as rules

NOW = datetime(2025, 9, 25, 8, tzinfo=UTC)
S = PartnershipState
OTHER = PartnershipReason.OTHER


@pytest.mark.parametrize(
    "bad",
    [
        *(
            "",
            "a",
            "a@b",
            "a b@c.fr",
            "a@b.fr\nBcc: x",
            "<a@b.fr>",
            "@b.fr",
            "a..b@c.fr",
            ".a@b.fr",
        ),
        *(
            "a@b.fr.",
            "a@-b.fr",
            "a@b_c.fr",
            "a@b..fr",
            "é" * 33 + "@b.fr",
            "a@" + "b." * 130 + "fr",
        ),
        *("a\u2028b@c.fr", "a\ud83d@b.fr", "a@\ud83d.fr", "a,b@c.fr", '"a"@b.fr'),
    ],
)
def test_what_is_no_address_is_refused_and_never_repeated(bad: str) -> None:
    with pytest.raises(Refusal) as refused:
        normalised_email(bad)
    assert refused.value.value is None


@pytest.mark.parametrize(
    ("given", "kept"),
    [
        ("rené@example.org", "rené@example.org"),
        ("rene\u0301@example.org", "rené@example.org"),
        ("Info@École.Example", "Info@école.example"),
        ("info@xn--cole-9oa.example", "info@école.example"),
        ("o'neil+x@straße.example", "o'neil+x@straße.example"),
        ("用户@例え.example", "用户@例え.example"),
    ],
)
def test_an_address_of_any_script_is_kept_as_people_write_it(given: str, kept: str) -> None:
    assert normalised_email(given) == kept
    assert normalised_email(kept) == kept


def test_a_directorys_address_is_kept_in_any_script_and_one_that_is_none_is_told() -> None:
    entry = Entry(1)
    assert mailbox(entry, {"mail": "info@école.example"}, "mail") == "info@école.example"
    assert mailbox(entry, {"mail": ""}, "mail") is None
    assert entry.remarks == []
    assert mailbox(entry, {"mail": "info(at)ecole", "email": "a@b.example"}, "mail", "email")
    (told,) = entry.remarks
    assert (told["field"], told["value"], told["rule"]) == ("mail", "…", "email-malformed")


def test_the_coordinator_decides_on_statuses_and_an_organisation_may_leave() -> None:
    coordinator = organisations.Actor(own=False, coordinator=True)
    own = organisations.Actor(own=True, coordinator=False)
    stranger = organisations.Actor(own=False, coordinator=False)
    allowed = {
        status: set(organisations.allowed_actions(status, coordinator))
        for status in OrganisationStatus
    }
    assert allowed == {
        "imported": {"claim", "merge"},
        "applied": {"approve", "reject", "withdraw", "merge"},
        "approved": {"suspend", "withdraw", "merge"},
        "suspended": {"reinstate", "withdraw", "merge"},
        "withdrawn": {"merge"},
        "rejected": {"merge"},
    }
    for status in OrganisationStatus:
        assert organisations.allowed_actions(status, stranger) == []
        assert set(organisations.allowed_actions(status, own)) <= {"withdraw"}


def candidate(**more: Any) -> organisations.Candidate:
    known = organisations.Candidate(
        uuid4(), "FRH0", OrganisationKind.COMPANY, OrganisationStatus.APPROVED, True, None
    )
    return replace(known, **more)


def test_two_that_can_be_one_have_a_region_and_a_kind_and_the_survivor_is_there() -> None:
    duplicate = candidate()
    organisations.check_merge(duplicate, candidate())
    for rule, survivor in (
        ("merge-with-itself", duplicate),
        ("merge-of-different-regions", candidate(region="NL")),
        ("merge-of-different-kinds", candidate(kind=OrganisationKind.SCHOOL)),
        ("organisation-merged", candidate(merged_into=uuid4())),
        ("survivor-gone", candidate(status=OrganisationStatus.WITHDRAWN)),
        ("survivor-gone", candidate(status=OrganisationStatus.REJECTED)),
        ("survivor-gone", candidate(open=False)),
    ):
        with pytest.raises(Refusal) as error:
            organisations.check_merge(duplicate, survivor)
        assert error.value.rule == rule


def test_a_merge_neither_lets_in_nor_frees_anybody() -> None:
    status = OrganisationStatus
    allowed = {
        (one, other)
        for one, other in product(status, status)
        if not merge_refused(candidate(status=one), candidate(status=other))
    }
    for duplicate in (status.IMPORTED, status.APPLIED, status.WITHDRAWN, status.REJECTED):
        for survivor in (status.IMPORTED, status.APPLIED, status.APPROVED, status.SUSPENDED):
            assert (duplicate, survivor) in allowed
            allowed.remove((duplicate, survivor))
    assert allowed == {
        (status.APPROVED, status.APPROVED),
        (status.APPROVED, status.SUSPENDED),
        (status.SUSPENDED, status.SUSPENDED),
    }


def merge_refused(one: organisations.Candidate, other: organisations.Candidate) -> bool:
    try:
        organisations.check_merge(one, other)
    except Refusal:
        return True
    return False


def test_what_was_merged_or_is_bound_by_a_live_partnership_is_not_merged() -> None:
    coordinator = organisations.Actor(own=False, coordinator=True)
    for facts, rule in (
        (organisations.Facts(live_partnerships=1), "live-partnerships"),
        (organisations.Facts(open_activities=1), "open-activities"),
        (organisations.Facts(merged_into=uuid4()), "organisation-merged"),
    ):
        refusal = organisations.refusal("merge", OrganisationStatus.APPROVED, coordinator, facts)
        assert refusal is not None
        assert refusal.rule == rule
        assert "merge" not in organisations.allowed_actions(
            OrganisationStatus.APPROVED, coordinator, facts
        )


def test_any_kind_but_a_school_may_be_a_schools_partner() -> None:
    fitting = {kind for kind in OrganisationKind if organisations.may_be_partner(kind)}
    assert fitting == set(OrganisationKind) - {OrganisationKind.SCHOOL}


def actor(role: Role) -> rules.Actor:
    side = {Role.COORDINATOR: Side.COORDINATOR, Role.COMPANY: Side.HOST}.get(role, Side.SCHOOL)
    return rules.Actor(frozenset({role}), frozenset({side}))


HEAD, TEACHER, COMPANY, COORDINATOR = map(
    actor, (Role.HEAD, Role.TEACHER, Role.COMPANY, Role.COORDINATOR)
)
STRANGER = rules.Actor(frozenset({Role.COMPANY}), frozenset())
PLANNED = rules.Facts(planned_activities=1)


def proposed(by: Role = Role.TEACHER, **more: Any) -> rules.Partnership:
    known = rules.Partnership(
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
    )
    return replace(known, **more)


def do(known: rules.Partnership, action: str, who: rules.Actor, **more: Any) -> rules.Partnership:
    reason = OTHER if rules.ACTIONS[action].needs_reason else None
    given_ = {"facts": PLANNED, "now": NOW, "reason": reason} | more
    return rules.perform(action, known, who, **given_)


def refused(known: rules.Partnership, action: str, who: rules.Actor, **more: Any) -> str:
    with pytest.raises(Refusal) as error:
        do(known, action, who, **more)
    return error.value.rule


def test_the_side_that_was_asked_answers() -> None:
    assert do(proposed(Role.TEACHER), "accept", COMPANY).state == S.ACCEPTED
    assert do(proposed(Role.COMPANY), "accept", HEAD).state == S.ACCEPTED
    assert refused(proposed(Role.TEACHER), "accept", HEAD) == "other-side-answers"
    assert refused(proposed(Role.COMPANY), "decline", COMPANY) == "other-side-answers"
    for either in (COMPANY, TEACHER):
        assert do(proposed(Role.COORDINATOR), "accept", either).state == S.ACCEPTED


def test_only_the_asking_side_takes_it_back() -> None:
    assert do(proposed(Role.TEACHER), "withdraw", HEAD).state == S.WITHDRAWN
    assert refused(proposed(Role.TEACHER), "withdraw", COMPANY) == "asking-side-withdraws"


def test_after_the_deadline_there_is_no_answer() -> None:
    late = {"now": NOW + timedelta(days=30, seconds=1)}
    assert refused(proposed(), "accept", COMPANY, **late) == "answer-deadline-passed"
    assert refused(proposed(), "decline", COMPANY, **late) == "answer-deadline-passed"
    assert rules.expire(proposed(), NOW).state == S.EXPIRED


def test_a_company_carries_no_more_partnerships_than_it_said() -> None:
    full = rules.Facts(capacity=2, carried=2)
    assert refused(proposed(), "accept", COMPANY, facts=full) == "company-at-capacity"
    assert do(proposed(), "accept", COMPANY, facts=rules.Facts(capacity=2, carried=1))


def test_head_company_and_coordinator_sign_once_each_in_any_order() -> None:
    draft = do(do(proposed(), "accept", COMPANY), "draft-agreement", COORDINATOR)
    known = do(draft, "sign", COORDINATOR)
    assert known.state == S.PARTIALLY_SIGNED
    assert refused(known, "sign", COORDINATOR) == "no-signature-to-give"
    assert refused(known, "sign", TEACHER) == "no-signature-to-give"
    known = do(do(known, "sign", COMPANY), "sign", HEAD)
    assert known.state == S.SIGNED
    assert known.version == 6


def test_it_becomes_active_on_its_start_date_with_a_planned_activity() -> None:
    signed = proposed(state=S.SIGNED, starts_on=date(2025, 9, 25))
    early = {"now": NOW - timedelta(days=1)}
    assert refused(signed, "activate", COORDINATOR, **early) == "start-date-not-reached"
    nothing = {"facts": rules.Facts()}
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
    for state, action in product(S, rules.ACTIONS):
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
        rules.check_dates(year, first, last)
    assert error.value.rule == rule


acts = st.lists(
    st.tuples(
        st.sampled_from(sorted(rules.ACTIONS)),
        st.sampled_from([HEAD, TEACHER, COMPANY, COORDINATOR, STRANGER]),
        st.integers(0, 40),
        st.builds(
            rules.Facts,
            planned_activities=st.integers(0, 1),
            capacity=st.sampled_from([None, 1]),
            carried=st.integers(0, 1),
            renewed=st.booleans(),
        ),
    ),
    max_size=25,
)
GOALS = ("Robotique", "Énergies marines")


def attempt(
    action: str, known: rules.Partnership, who: rules.Actor, facts: rules.Facts, now: datetime
) -> rules.Partnership:
    """What each action does to a partnership; a renewal makes another one and changes nothing."""
    if action == "amend":
        goals = GOALS[known.goals == GOALS[0]]
        return rules.amend(known, who, facts, now, rules.Terms(goals=goals))[0]
    if action == "renew":
        rules.check_renewal(known, who, facts, now)
        return known
    return rules.perform(action, known, who, facts, now, OTHER)


_FINAL = {S.DECLINED, S.WITHDRAWN, S.ENDED, S.TERMINATED, S.EXPIRED}


@given(st.sampled_from([Role.TEACHER, Role.HEAD, Role.COMPANY, Role.COORDINATOR]), acts)
def test_whatever_people_try_only_what_is_listed_as_allowed_happens(by: Role, tries: Any) -> None:
    known = proposed(by)
    for action, who, day, facts in tries:
        now = NOW + timedelta(days=day)
        allowed = rules.allowed_actions(known, who, facts, now)
        try:
            following = attempt(action, known, who, facts, now)
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
    signatures = (known.signed_head, known.signed_company, known.signed_coordinator)
    if known.state in {S.SIGNED, S.ACTIVE, S.SUSPENDED}:
        assert all(signatures)
