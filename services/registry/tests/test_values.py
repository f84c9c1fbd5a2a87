"""What no body of the registry may hold, over HTTP: it is refused by its field, never kept."""

from typing import Any
from uuid import uuid4

from triskel.contracts.codes import Role


def refused(answer: Any) -> tuple[int, str, str]:
    """Status, field and rule."""
    (error,) = answer.json()["errors"]
    return answer.status_code, error["field"], error["rule"]


async def test_a_name_is_one_line_in_nfc_or_refused_by_its_field(platform: Any) -> None:
    known = await platform.organisation("company", names={"fr": " Ge\u0301nie\u00a0 \u200bMarin"})
    assert known.json()["names"] == {"fr": "Génie Marin"}
    for wrong in ("Génie\nMarin", "Génie\x00", "\u202eniraM"):
        answer = await platform.organisation("company", names={"fr": wrong})
        assert refused(answer) == (422, "names.fr", "character-refused")


async def test_a_partnership_of_the_year_1_is_refused_by_its_field(platform: Any) -> None:
    school, company = await platform.pair()
    who = platform.who(Role.TEACHER, school)
    answer = await platform.propose(who, school, company, starts_on="0001-01-01")
    assert refused(answer) == (422, "starts_on", "year-out-of-range")
    answer = await platform.propose(who, school, company, school_year="0000-0001")
    assert refused(answer)[:2] == (422, "school_year")


async def test_a_name_that_ends_in_half_a_character_is_refused_by_its_field(platform: Any) -> None:
    headers = platform.who(Role.COORDINATOR) | {
        "Content-Type": "application/json",
        "Idempotency-Key": str(uuid4()),
    }
    body = '{"kind": "company", "names": {"fr": "Atelier \\ud83d"}}'
    answer = await platform.client.post("/v1/organisations", content=body, headers=headers)
    assert refused(answer) == (422, "names.fr", "character-refused")
