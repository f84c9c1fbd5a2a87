"""What is read of a request, in which order, and how much: first who, then what."""

import json
import time
from collections.abc import AsyncIterator
from hashlib import sha256
from typing import Any
from uuid import uuid4

import pytest
from fastapi.exceptions import RequestValidationError
from hypothesis import given
from hypothesis import strategies as st
from starlette.requests import Request

from triskel.chassis.http.problems import FieldError, problem_response, shown
from triskel.chassis.http.reading import (
    DEEPEST_JSON,
    LARGEST_BODY_BYTES,
    MOST_JSON_NAMES,
    MOST_JSON_TOKENS,
    check_shape,
    parse,
)
from triskel.contracts.codes import Role

LARGEST_FILE_BYTES = 8 * 1024 * 1024  # as the example service says


class Sent:
    """A body that notes how much of it was read."""

    def __init__(self, size: int) -> None:
        self.size, self.read = size, 0

    async def __aiter__(self) -> AsyncIterator[bytes]:
        while self.read < self.size:
            self.read += 65_536
            yield b"x" * 65_536


async def post(service: Any, content: Any, path: str = "/v1/things", *, role: Role) -> Any:
    headers = service.tokens.bearer(role) | {"Content-Type": "application/json"}
    return await service.client.post(path, content=content, headers=headers)


def rule(answer: Any) -> tuple[int, str]:
    return answer.status_code, answer.json()["type"].removeprefix("urn:triskel:problem:")


@pytest.mark.parametrize("path", ["/v1/things", "/v1/things/files"])
async def test_who_may_not_is_told_before_a_byte_of_the_body_is_read(
    service: Any, path: str
) -> None:
    body = Sent(1_000_000)
    refused = await post(service, body, path, role=Role.AUTHORITY)
    assert rule(refused) == (403, "role-not-allowed")
    stranger = await service.client.post(path, content=body)
    assert stranger.status_code == 401
    assert body.read == 0
    # the control: who may is read
    await post(service, body, path, role=Role.TEACHER)
    assert body.read > 0


async def test_a_body_that_is_too_large_is_refused_before_the_rest_is_read(service: Any) -> None:
    announced = await post(service, b"x" * (LARGEST_BODY_BYTES + 1), role=Role.TEACHER)
    assert rule(announced) == (413, "body-too-large")
    body = Sent(50_000_000)
    assert rule(await post(service, body, role=Role.TEACHER)) == (413, "body-too-large")
    assert body.read <= LARGEST_BODY_BYTES + 65_536


async def test_a_file_goes_through_whole_and_a_repeat_of_it_is_known(service: Any) -> None:
    content = bytes(range(256)) * (LARGEST_FILE_BYTES // 256)
    headers = service.tokens.bearer(Role.TEACHER) | {"Idempotency-Key": "file"}
    answers = [
        await service.client.post("/v1/things/files", content=content, headers=headers)
        for _ in range(2)
    ]
    for answer in answers:
        assert answer.json() == {"size": len(content), "digest": sha256(content).hexdigest()}
    assert answers[1].headers["Idempotency-Replayed"] == "true"
    other = await service.client.post("/v1/things/files", content=b"x", headers=headers)
    assert rule(other) == (422, "idempotency-key-reused")
    larger = await post(service, content + b"x", "/v1/things/files", role=Role.TEACHER)
    assert rule(larger) == (413, "body-too-large")


async def test_880_kb_of_unknown_names_get_a_short_answer_and_block_nobody(service: Any) -> None:
    names = json.dumps({f"k{number:06}": 1 for number in range(66_000)}).encode()
    assert 880_000 < len(names) < LARGEST_BODY_BYTES
    used = time.process_time()
    answer = await post(service, names, role=Role.TEACHER)
    used = time.process_time() - used
    assert rule(answer) == (422, "json-too-large")
    assert len(answer.content) < 1000
    # the control: parsing alone, without the validation of what was parsed, costs more
    began = time.process_time()
    for _ in range(10):
        json.loads(names)
    assert used < time.process_time() - began


async def test_twenty_errors_are_shown_and_the_others_counted(service: Any) -> None:
    body = {"id": str(uuid4())} | {f"unknown{number}": 1 for number in range(100)}
    answer = await post(service, json.dumps({"id": 1, "size": "x"}), role=Role.TEACHER)
    assert (len(answer.json()["errors"]), answer.json()["more_errors"]) == (2, 0)
    request = Request({"type": "http", "path": "/", "headers": [], "state": {}})
    found = [
        {"type": "extra_forbidden", "loc": ("body", name), "msg": "Extra", "input": 1}
        for name in body
    ]
    handler = service.app.exception_handlers[RequestValidationError]
    shown_ = json.loads((await handler(request, RequestValidationError(found))).body)
    assert len(shown_["errors"]) == 20
    assert shown_["more_errors"] == 81
    assert "81 errors more" in shown_["detail"]


NO_JSON = {
    b"{": "JSON decode error",
    b'{"id": NaN}': "NaN is no number of JSON",
    b'{"id": -Infinity}': "no number of JSON",
    b'{"id": 1e999}': "out of range",
    b'{"id": ' + b"9" * 5000 + b"}": "limit",
    b'{"id": "\xff"}': "not UTF-8",
    b"\xff\xfe{\x00}\x00": "not UTF-8",
    b"\x00": "JSON decode error",
}


async def test_a_body_that_is_no_json_is_a_problem_that_says_why(service: Any) -> None:
    for body, why in NO_JSON.items():
        answer = await post(service, body, role=Role.TEACHER)
        assert rule(answer) == (422, "request-invalid"), body
        assert why in answer.json()["detail"]
        assert answer.json()["errors"][0]["field"] == "body"


TOO_LARGE = {
    "deep": b"[" * (DEEPEST_JSON + 1),
    "names": b"{" + b",".join(b'"k":1' for _ in range(MOST_JSON_NAMES + 1)) + b"}",
    "values": b"[" + b"1," * MOST_JSON_TOKENS + b"1]",
    "strings": b'"" ' * (MOST_JSON_TOKENS + 1),
}


async def test_json_that_is_larger_than_any_of_ours_is_not_even_parsed(service: Any) -> None:
    for kind, body in TOO_LARGE.items():
        answer = await post(service, body, role=Role.TEACHER)
        assert rule(answer) == (422, "json-too-large"), kind


def test_the_look_at_the_shape_of_json_takes_as_long_as_it_is() -> None:
    """Not the square of it, whatever the quotes and backslashes."""

    def seconds(body: bytes) -> float:
        began = time.process_time()
        check_shape(body)
        return time.process_time() - began

    for hostile in (b'"' + b'\\"' * 250_000, b'"' + b"\\" * 500_001, b'"' * 3 + b"x" * 500_000):
        assert seconds(hostile) < 1


JSON = st.recursive(
    st.none()
    | st.booleans()
    | st.integers()
    | st.floats(allow_nan=False, allow_infinity=False)
    | st.text(),
    lambda inner: st.lists(inner) | st.dictionaries(st.text(), inner),
    max_leaves=20,
)


@given(JSON)
def test_what_is_json_is_read_as_it_is(value: Any) -> None:
    assert parse(json.dumps(value).encode()) == value


@given(st.binary() | st.text().map(str.encode))
def test_any_bytes_are_json_or_are_refused_by_name(body: bytes) -> None:
    try:
        parse(body)
    except json.JSONDecodeError as refused:
        assert refused.msg


ANY_TEXT = st.text(st.characters(codec=None, exclude_categories=()), max_size=40)


@given(ANY_TEXT, ANY_TEXT, ANY_TEXT | st.integers() | st.floats() | st.none(), ANY_TEXT)
def test_a_refusal_can_always_be_rendered(field: str, why: str, value: Any, path: str) -> None:
    """Halves of emojis (lone surrogates), NaN and numbers of any size among them."""
    request = Request({"type": "http", "path": "/", "headers": [], "state": {}})
    error = FieldError(field=field, value=shown(field, value), rule="rule", detail=why)
    answer = problem_response(request, 422, "rule", why, [error])
    (said,) = json.loads(answer.body)["errors"]
    assert set(said) == {"field", "value", "rule", "detail"}


async def test_half_an_emoji_in_name_and_value_is_refused_readably(service: Any) -> None:
    body = b'{"id": "\\ud83d", "\\ud83d": "\\ud83d", "state": "\\ud83d"}'
    answer = await post(service, body, role=Role.TEACHER)
    assert rule(answer) == (422, "request-invalid")
    by_field = {error["field"]: error["value"] for error in answer.json()["errors"]}
    assert by_field["id"] == "\\ud83d"
