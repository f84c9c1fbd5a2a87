"""What no body of the activities may hold, over HTTP: it is refused by its field, never kept."""

from typing import Any
from uuid import uuid4

import pytest


def refused(answer: Any) -> tuple[int, str, str]:
    """Status, field and rule."""
    (error,) = answer.json()["errors"]
    return answer.status_code, error["field"], error["rule"]


def visit_of(platform: Any) -> dict[str, str]:
    return {"school_id": str(platform.school), "partnership_id": str(platform.partnership)}


async def test_a_class_label_with_a_null_character_is_refused_by_its_field(platform: Any) -> None:
    number = await platform.scheduled("company-visit", 35, **visit_of(platform))
    answer = await platform.book(number, "teacher", contact_id=None, label="2nde\x00", size=20)
    assert refused(answer) == (422, "label", "character-refused")
    assert "U+0000" in answer.json()["detail"]


async def test_a_label_is_kept_in_nfc_with_single_blanks(platform: Any) -> None:
    number = await platform.scheduled("company-visit", 60, **visit_of(platform))
    label = "Tle\u00a0 Ge\u0301ne\u0301rale"
    answer = await platform.book(number, "teacher", contact_id=None, label=label, size=20, adults=2)
    assert (answer.status_code, answer.json()["label"]) == (201, "Tle Générale"), answer.text


@pytest.mark.parametrize("day", ["9999-12-31T23", "0001-01-01T00", "2201-01-01T09"])
async def test_a_slot_in_a_year_that_no_zone_can_hold_is_refused_by_its_field(
    platform: Any, day: str
) -> None:
    number = await platform.scheduled("company-visit", 35, **visit_of(platform))
    slot = {"starts_at": f"{day}:30:00Z", "ends_at": "2026-01-10T10:00:00Z", "place": "company"}
    answer = await platform.act(number, "propose-date", "company", slot)
    assert refused(answer) == (422, "starts_at", "year-out-of-range")


async def test_a_query_of_the_year_1_is_refused_by_its_field(platform: Any) -> None:
    who = platform.who("coordinator")
    asked = {
        "/v1/action-items?due_before=0001-01-01": "query.due_before",
        "/v1/activities?starts_from=0001-01-01T00:00:00Z": "query.starts_from",
        "/v1/masterclasses?starts_from=9999-12-31T23:30:00Z": "query.starts_from",
        "/v1/offers?date_from=0001-01-01": "query.date_from",
    }
    for path, field in asked.items():
        answer = await platform.client.get(path, headers=who)
        assert refused(answer) == (422, field, "year-out-of-range"), path
    answer = await platform.client.get("/v1/offers?q=a%00b", headers=who)
    assert refused(answer) == (422, "query.q", "character-refused")


async def test_a_title_that_ends_in_half_a_character_is_refused_by_its_field(platform: Any) -> None:
    body = (
        '{"format": "company-visit", "title": "Visite \\ud83d", "school_year": "2025-2026", '
        f'"host_id": "{platform.host}"}}'
    )
    headers = platform.who("company") | {
        "Content-Type": "application/json",
        "Idempotency-Key": str(uuid4()),
    }
    answer = await platform.client.post("/v1/activities", content=body, headers=headers)
    assert refused(answer) == (422, "title", "character-refused")
    assert "U+D83D" in answer.json()["detail"]
