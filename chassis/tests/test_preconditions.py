"""If-Match as RFC 9110 says it: nobody overwrites what they have not seen."""

from typing import Any
from uuid import uuid4

import pytest
from hypothesis import given
from hypothesis import strategies as st

from triskel.chassis.http.preconditions import Seen, parse_if_match
from triskel.chassis.http.problems import HttpRefusal
from triskel.contracts.codes import Role


@pytest.mark.parametrize(
    ("header", "status", "rule"),
    [
        (None, 428, "if-match-missing"),
        ('"1"', 200, None),
        ('"7", "1"', 200, None),
        (' "1"\t,, "2" ,', 200, None),
        ("*", 200, None),
        ('W/"7", "1"', 200, None),
        ('"2"', 412, "version-stale"),
        ('W/"1"', 412, "version-stale"),
        ('w/"1"', 400, "if-match-malformed"),
        ('"01"', 412, "version-stale"),
        ('"somebody else\'s"', 400, "if-match-malformed"),
        ('"a,b"', 412, "version-stale"),
        ('""', 412, "version-stale"),
        ('W/"a", W/"1"', 412, "version-stale"),
        ("1", 400, "if-match-malformed"),
        ("", 400, "if-match-malformed"),
        (",", 400, "if-match-malformed"),
        ('"1', 400, "if-match-malformed"),
        ('"1" "2"', 400, "if-match-malformed"),
        ('*, "1"', 400, "if-match-malformed"),
    ],
)
async def test_a_change_is_made_by_who_has_seen_the_version(
    service: Any, header: str | None, status: int, rule: str | None
) -> None:
    number = str(uuid4())
    headers = service.tokens.bearer(Role.TEACHER)
    await service.client.post("/v1/things", json={"id": number}, headers=headers)
    given = {} if header is None else {"If-Match": header}
    answer = await service.client.patch(f"/v1/things/{number}", headers=headers | given)
    assert answer.status_code == status
    if rule is None:
        assert answer.headers["ETag"] == '"2"'
    else:
        assert answer.json()["type"] == f"urn:triskel:problem:{rule}"
    if status == 412:
        assert answer.headers["ETag"] == '"1"'


async def test_several_header_lines_are_one_list(service: Any) -> None:
    number = str(uuid4())
    headers = service.tokens.bearer(Role.TEACHER)
    await service.client.post("/v1/things", json={"id": number}, headers=headers)
    lines = [*headers.items(), ("If-Match", '"9"'), ("If-Match", '"1"')]
    request = service.client.build_request("PATCH", f"/v1/things/{number}", headers=lines)
    assert (await service.client.send(request)).status_code == 200


TAGS = st.from_regex(r'(W/)?"[0-9a-z,]{0,4}"', fullmatch=True)


@given(st.lists(TAGS, min_size=1), st.sampled_from([",", ", ", " ,\t", ",,"]))
def test_a_list_holds_its_strong_tags(tags: list[str], comma: str) -> None:
    seen = parse_if_match(comma.join(tags))
    assert seen == Seen(frozenset(tag.strip('"') for tag in tags if not tag.startswith("W/")))


@given(st.text(st.characters(max_codepoint=255)))
def test_any_header_is_read_or_refused(header: str) -> None:
    try:
        parse_if_match(header)
    except HttpRefusal as refused:
        assert refused.status_code == 400


def test_anything_is_what_is_there_and_not_what_is_yet_to_be() -> None:
    assert Seen(anything=True).has(1)
    assert not Seen(anything=True).has(0)
