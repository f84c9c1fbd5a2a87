"""What HTTP promises: problems, one transaction a request, repeats, preconditions, pages."""

import asyncio
from typing import Any
from uuid import uuid4

import pytest
from sqlalchemy import text

from triskel.contracts.codes import Role


def problem(answer: Any) -> tuple[int, str]:
    assert answer.headers["content-type"] == "application/problem+json"
    body = answer.json()
    assert body["status"] == answer.status_code
    return answer.status_code, body["type"].removeprefix("urn:triskel:problem:")


async def things(service: Any) -> int:
    return int((await service.client.get("/v1/open/count")).json())


async def make(service: Any, key: str | None = None, **body: Any) -> Any:
    headers = service.tokens.bearer(Role.TEACHER)
    if key is not None:
        headers["Idempotency-Key"] = key
    return await service.client.post(
        "/v1/things", json={"id": str(uuid4())} | body, headers=headers
    )


async def test_a_problem_names_field_value_and_rule(service: Any) -> None:
    answer = await make(service, size=0)
    assert problem(answer) == (422, "request-invalid")
    (error,) = answer.json()["errors"]
    assert (error["field"], error["value"], error["rule"]) == ("size", 0, "greater-than-equal")
    refused = await make(service, size=13)
    assert problem(refused) == (409, "unlucky")
    assert refused.json()["errors"][0]["value"] == 13


async def test_a_problem_repeats_nothing_personal(service: Any) -> None:
    answer = await make(service, email="anne.le.goff")
    assert answer.status_code == 422
    assert "le.goff" not in answer.text


async def test_a_refused_request_changes_nothing(service: Any) -> None:
    await make(service, size=13)
    assert await things(service) == 0


async def test_a_fault_of_ours_tells_nothing_of_the_inside(service: Any) -> None:
    answer = await make(service, size=99)
    assert problem(answer) == (500, "unexpected")
    assert "RuntimeError" not in answer.text
    assert answer.json()["correlation_id"]
    assert await things(service) == 0


async def test_a_repeat_gets_the_same_answer_and_is_done_once(service: Any) -> None:
    body = {"id": str(uuid4())}
    first = await make(service, "key-1", **body)
    again = await make(service, "key-1", **body)
    assert (first.status_code, again.status_code) == (201, 201)
    assert first.content == again.content
    assert again.headers["Idempotency-Replayed"] == "true"
    assert await things(service) == 1


async def test_repeats_at_the_same_moment_are_done_once(service: Any) -> None:
    body = {"id": str(uuid4())}
    answers = await asyncio.gather(*(make(service, "key-2", **body) for _ in range(8)))
    assert {answer.status_code for answer in answers} == {201}
    assert await things(service) == 1


async def test_another_body_under_the_same_key_is_refused(service: Any) -> None:
    await make(service, "key-3")
    assert problem(await make(service, "key-3")) == (422, "idempotency-key-reused")
    assert await things(service) == 1


async def test_a_refusal_is_not_kept_under_the_key(service: Any) -> None:
    body = {"id": str(uuid4())}
    assert (await make(service, "key-4", size=13, **body)).status_code == 409
    assert (await make(service, "key-4", size=2, **body)).status_code == 201


async def test_another_callers_key_is_another_key(service: Any) -> None:
    await make(service, "key-5")
    headers = service.tokens.bearer(Role.TEACHER, subject="another") | {"Idempotency-Key": "key-5"}
    answer = await service.client.post("/v1/things", json={"id": str(uuid4())}, headers=headers)
    assert answer.status_code == 201


@pytest.mark.parametrize(
    ("then", "status"),
    [
        ({"organisation": "0199a1b2-0002-7000-8000-000000000002"}, 409),
        ({"roles": ["teacher", "head"]}, 409),
        ({"roles": ["company"]}, 403),
    ],
)
async def test_who_has_become_somebody_else_gets_no_stored_answer_but_is_asked_anew(
    service: Any, then: dict[str, Any], status: int
) -> None:
    body, key = {"id": str(uuid4())}, {"Idempotency-Key": "key-6"}
    first = service.tokens.bearer(Role.TEACHER, subject="anne") | key
    assert (await service.client.post("/v1/things", json=body, headers=first)).status_code == 201
    again = await service.client.post("/v1/things", json=body, headers=first)
    assert again.headers["Idempotency-Replayed"] == "true"
    changed = service.tokens.bearer(Role.TEACHER, subject="anne", **then) | key
    answer = await service.client.post("/v1/things", json=body, headers=changed)
    assert "Idempotency-Replayed" not in answer.headers
    assert answer.status_code == status


@pytest.mark.parametrize(
    ("key", "rule"),
    [("", "idempotency-key-missing"), ("x" * 256, "idempotency-key-malformed")],
)
async def test_a_post_needs_a_usable_key(service: Any, key: str, rule: str) -> None:
    assert problem(await make(service, key)) == (400, rule)


async def test_a_caller_is_kept_with_a_key_as_a_hash_only(service: Any) -> None:
    headers = service.tokens.bearer(Role.TEACHER, subject="anne.le.goff@example.org")
    made = await service.client.post("/v1/things", json={"id": str(uuid4())}, headers=headers)
    assert made.status_code == 201
    async with service.app.state.database.reading() as session:
        (kept,) = await session.scalars(text("select k::text from idempotency_keys as k"))
    assert "le.goff" not in kept


async def openly(service: Any, body: dict[str, Any], key: str) -> Any:
    # an empty key is none
    headers = {"Idempotency-Key": key}
    return await service.client.post("/v1/open", json=body, headers=headers)


async def test_a_public_post_needs_neither_token_nor_key_and_is_still_one_transaction(
    service: Any,
) -> None:
    body = {"id": str(uuid4())}
    assert (await openly(service, body, "")).status_code == 201
    assert problem(await openly(service, {"id": str(uuid4()), "size": 13}, "")) == (409, "unlucky")
    assert await things(service) == 1
    # the control: without a key it is done again, so the route must be safe to repeat by itself
    assert problem(await openly(service, body, "")) == (409, "things-pkey")


async def test_a_public_post_with_a_key_is_done_once_and_strangers_keys_never_meet(
    service: Any,
) -> None:
    mine, other = {"id": str(uuid4())}, {"id": str(uuid4())}
    first = await openly(service, mine, "1")
    again = await openly(service, mine, "1")
    assert first.content == again.content
    assert again.headers["Idempotency-Replayed"] == "true"
    assert (await openly(service, other, "1")).status_code == 201
    assert await things(service) == 2
    assert problem(await openly(service, other, "x" * 256)) == (400, "idempotency-key-malformed")


async def test_a_get_cannot_write(service: Any) -> None:
    await make(service)
    assert (await service.client.get("/v1/open/writes")).status_code >= 500
    assert await things(service) == 1


@pytest.mark.parametrize(
    ("method", "path", "status"),
    [("GET", "/nowhere", 404), ("DELETE", "/v1/things", 405)],
)
async def test_unknown_paths_and_methods_are_problems_too(
    service: Any, method: str, path: str, status: int
) -> None:
    answer = await service.client.request(method, path)
    assert problem(answer)[0] == status


async def test_every_answer_has_a_correlation_id_and_keeps_the_callers(service: Any) -> None:
    answer = await service.client.get("/v1/open/count")
    assert answer.headers["X-Correlation-ID"]
    given = await service.client.get("/v1/open/count", headers={"X-Correlation-ID": "mine-1"})
    assert given.headers["X-Correlation-ID"] == "mine-1"
    odd = await service.client.get("/v1/open/count", headers={"X-Correlation-ID": "a b\x7f"})
    assert odd.headers["X-Correlation-ID"] != "a b\x7f"
