"""If-Match as RFC 9110 says it: nobody overwrites what they have not seen."""

from typing import Any
from uuid import uuid4

from hypothesis import given
from hypothesis import strategies as st

from triskel.chassis.http.preconditions import IfMatchMalformed, parse_if_match
from triskel.chassis.versions import Seen
from triskel.contracts.codes import Role

STALE, MALFORMED = (412, "version-stale"), (400, "if-match-malformed")
ASKED: dict[str | None, tuple[int, str | None]] = {
    None: (428, "if-match-missing"),
    '"1"': (200, None),
    '"7", "1"': (200, None),
    ' "1"\t,, "2" ,': (200, None),
    "*": (200, None),
    'W/"7", "1"': (200, None),
    '"2"': STALE,
    'W/"1"': STALE,
    '"01"': STALE,
    '"a,b"': STALE,
    '""': STALE,
    'W/"a", W/"1"': STALE,
    'w/"1"': MALFORMED,
    '"somebody else\'s"': MALFORMED,
    "1": MALFORMED,
    "": MALFORMED,
    ",": MALFORMED,
    '"1': MALFORMED,
    '"1" "2"': MALFORMED,
    '*, "1"': MALFORMED,
}


async def test_a_change_is_made_by_who_has_seen_the_version(service: Any) -> None:
    headers = service.tokens.bearer(Role.TEACHER)
    found: dict[str | None, tuple[int, str | None]] = {}
    for header in ASKED:
        number = str(uuid4())
        await service.client.post("/v1/things", json={"id": number}, headers=headers)
        given = {} if header is None else {"If-Match": header}
        answer = await service.client.patch(f"/v1/things/{number}", headers=headers | given)
        name = answer.json().get("type", "").removeprefix("urn:triskel:problem:")
        found[header] = (answer.status_code, name or None)
        etag = {200: '"2"', 412: '"1"'}.get(answer.status_code)
        assert answer.headers.get("ETag") == etag, header
    assert found == ASKED


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
    except IfMatchMalformed as refused:
        assert refused.rule == "if-match-malformed"


def test_anything_is_what_is_there_and_not_what_is_yet_to_be() -> None:
    assert Seen(anything=True).has(1)
    assert not Seen(anything=True).has(0)
