"""The registry's rules: identifiers and statuses."""

from dataclasses import replace
from itertools import product
from typing import Any
from uuid import uuid4

import pytest

from triskel.contracts.codes import (
    OrganisationKind,
    OrganisationStatus,
)
from triskel.contracts.refusals import Refusal
from triskel.registry.contacts.rules.addresses import normalised_email
from triskel.registry.gateways.entries import Entry, mailbox
from triskel.registry.organisations.rules import organisation as organisations


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
