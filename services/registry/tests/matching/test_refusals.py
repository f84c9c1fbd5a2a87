"""In which order a round's routes refuse."""

from typing import Any
from uuid import uuid4

import pytest

from triskel.chassis.testing import Tokens
from triskel.contracts.codes import Role

TERMS = {"starts_on": "2025-11-03", "ends_on": "2026-07-03"}
ROUNDS = "/v1/matching/rounds"


@pytest.fixture
def tokens() -> Tokens:
    """Of two regions that share a deployment: a coordinator of the other is a stranger here."""
    return Tokens("https://issuer.test", "FRH0", "ITC4")


@pytest.fixture
async def cancelled(platform: Any) -> Any:
    """A round of one school and one company, in which the school had ranked."""
    school, company = await platform.pair()
    await platform.wait(school, company)
    coordinator = platform.who(Role.COORDINATOR)
    body = {"school_year": "2025-2026", "rank_until": "2025-10-15T16:00:00Z"}
    opened = await platform.client.post(ROUNDS, json=body, headers=coordinator)
    path = f"{ROUNDS}/{opened.json()['id']}"
    ranked = await platform.client.put(
        f"{path}/rankings/{school}",
        json={"groups": [[company]]},
        headers=platform.who(Role.HEAD, school),
    )
    assert ranked.status_code == 200, ranked.text
    seen = coordinator | {"If-Match": opened.headers["ETag"]}
    done = await platform.client.post(f"{path}/cancel", headers=seen)
    return done.json() | {"school": school, "company": company}


@pytest.mark.parametrize(
    ("action", "body"),
    [("close-ranking", None), ("match", None), ("confirm", TERMS), ("cancel", None)],
)
async def test_a_round_refuses_by_id_then_caller_then_version_then_state(
    platform: Any, cancelled: Any, action: str, body: Any
) -> None:
    answers = await platform.refusals_in_order(
        f"{ROUNDS}/{{id}}/{action}",
        cancelled,
        may=platform.who(Role.COORDINATOR),
        stranger=platform.who(Role.COORDINATOR, region="ITC4"),
        body=body,
    )
    assert answers == [404, 403, 412, 409]


@pytest.mark.parametrize("stranger", ["takes no part", "ranks for another"])
async def test_a_ranking_is_refused_by_id_then_caller_then_its_own_version_then_state(
    platform: Any, cancelled: Any, stranger: str
) -> None:
    ranking = f"{ROUNDS}/{{id}}/rankings/{cancelled['school']}"
    strangers = {
        "takes no part": platform.who(Role.HEAD, uuid4()),
        "ranks for another": platform.who(Role.COMPANY, cancelled["company"]),
    }
    given = {
        "may": platform.who(Role.HEAD, cancelled["school"]),
        "stranger": strangers[stranger],
        "body": {"groups": [[str(uuid4())]]},
        "method": "PUT",
    }
    answers = await platform.refusals_in_order(ranking, cancelled | {"version": 1}, **given)
    assert answers == [404, 403, 412, 409]
    nobodys = f"{ROUNDS}/{{id}}/rankings/{uuid4()}"
    assert await platform.refusals_in_order(nobodys, cancelled, **given) == [404] * 4
