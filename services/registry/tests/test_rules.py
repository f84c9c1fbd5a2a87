"""The registry's rules: identifiers and statuses."""

from dataclasses import replace
from datetime import UTC, datetime
from itertools import product
from typing import Any
from uuid import uuid4

import pytest

from triskel.chassis.actions import Actor, Attempt
from triskel.contracts.codes import OrganisationKind, OrganisationStatus, Role, Side
from triskel.contracts.refusals import Refusal
from triskel.registry.contacts.rules.addresses import normalised_email
from triskel.registry.imports.gateways.entries import Entry, mailbox
from triskel.registry.organisations.actions import ACTIONS, MERGE
from triskel.registry.organisations.rules.merging import merge_refusal
from triskel.registry.organisations.rules.organisation import (
    Facts,
    Organisation,
    OrganisationAttempt,
    may_be_partner,
)


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


KNOWN = Organisation(
    uuid4(),
    "FRH0",
    3,
    OrganisationKind.COMPANY,
    {"fr": "Un atelier"},
    OrganisationStatus.APPROVED,
    datetime(2025, 9, 1, tzinfo=UTC),
)
COORDINATOR = Actor(frozenset({Role.COORDINATOR}), frozenset({Side.COORDINATOR}))
ITSELF = Actor(frozenset({Role.COMPANY}), organisation=KNOWN.id)
STRANGER = Actor(frozenset({Role.COMPANY}), organisation=uuid4())


NOTHING = Facts()


def attempt(who: Actor, facts: Facts = NOTHING, **more: Any) -> OrganisationAttempt:
    return Attempt(replace(KNOWN, **more), who, facts, KNOWN.updated_at)


def test_the_coordinator_decides_on_statuses_and_an_organisation_may_leave() -> None:
    status = OrganisationStatus
    allowed = {
        each: set(ACTIONS.allowed(attempt(COORDINATOR, status=each))) - {"update"}
        for each in status
    }
    assert allowed == {
        "imported": {"claim", "merge"},
        "applied": {"approve", "reject", "withdraw", "merge"},
        "approved": {"suspend", "withdraw", "merge"},
        "suspended": {"reinstate", "withdraw", "merge"},
        "withdrawn": {"merge"},
        "rejected": {"merge"},
    }
    for each in status:
        assert ACTIONS.allowed(attempt(STRANGER, status=each)) == ()
        assert {"update"} <= set(ACTIONS.allowed(attempt(ITSELF, status=each)))
        assert set(ACTIONS.allowed(attempt(ITSELF, status=each))) <= {"update", "withdraw"}


def another(**more: Any) -> Organisation:
    return replace(KNOWN, id=uuid4(), **more)


def test_two_that_can_be_one_have_a_region_and_a_kind_and_the_survivor_is_there() -> None:
    assert merge_refusal(KNOWN, another()) is None
    for rule, survivor in (
        ("merge-with-itself", KNOWN),
        ("merge-of-different-regions", another(region="NL")),
        ("merge-of-different-kinds", another(kind=OrganisationKind.SCHOOL)),
        ("organisation-merged", another(merged_into=uuid4())),
        ("survivor-gone", another(status=OrganisationStatus.WITHDRAWN)),
        ("survivor-gone", another(status=OrganisationStatus.REJECTED)),
        ("survivor-gone", another(open=False)),
    ):
        refused = merge_refusal(KNOWN, survivor)
        assert refused is not None and refused.rule == rule


def test_a_merge_neither_lets_in_nor_frees_anybody() -> None:
    status = OrganisationStatus
    allowed = {
        (one, other)
        for one, other in product(status, status)
        if merge_refusal(replace(KNOWN, status=one), another(status=other)) is None
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


def test_what_was_merged_or_is_bound_by_a_live_partnership_is_not_merged() -> None:
    for tried, rule in (
        (attempt(COORDINATOR, Facts(live_partnerships=1)), "live-partnerships"),
        (attempt(COORDINATOR, Facts(open_activities=1)), "open-activities"),
        (attempt(COORDINATOR, merged_into=uuid4()), "organisation-merged"),
    ):
        refusal = MERGE.refusal(tried)
        assert refusal is not None and refusal.rule == rule
        assert "merge" not in ACTIONS.allowed(tried)


def test_a_school_a_public_authority_a_chamber_or_a_network_is_no_schools_company() -> None:
    fitting = {kind for kind in OrganisationKind if may_be_partner(kind)}
    assert fitting == {
        *(OrganisationKind.COMPANY, OrganisationKind.ASSOCIATION, OrganisationKind.FOUNDATION),
        *(OrganisationKind.HIGHER_EDUCATION, OrganisationKind.RESEARCH),
        OrganisationKind.TRAINING_BODY,
    }
