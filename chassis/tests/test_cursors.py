"""Cursors: nobody reads them, nobody forges them, and each belongs to its query."""

import base64
from typing import Any
from uuid import UUID, uuid4

import pytest
from hypothesis import given
from hypothesis import strategies as st
from pydantic import ValidationError
from sqlalchemy import text

from triskel.chassis.cursors import Cursors
from triskel.chassis.settings import ServiceSettings
from triskel.chassis.testing import Tokens, settings_for
from triskel.contracts.codes import Role

SECRET = "a secret of at least thirty-two characters"
PLAIN = st.none() | st.booleans() | st.integers() | st.text()


@given(st.lists(PLAIN), st.binary(max_size=32))
def test_what_is_sealed_is_opened_again(values: list[Any], query: bytes) -> None:
    cursors = Cursors([SECRET])
    assert cursors.open(cursors.seal(values, query), query) == values


@given(st.data())
def test_a_cursor_that_was_changed_anywhere_is_refused(data: st.DataObject) -> None:
    cursors = Cursors([SECRET])
    sealed = bytearray(base64.urlsafe_b64decode(cursors.seal(["x", 1], b"q") + "=="))
    place = data.draw(st.integers(0, len(sealed) - 1))
    sealed[place] ^= data.draw(st.integers(1, 255))
    with pytest.raises(ValueError, match="not sealed here"):
        cursors.open(base64.urlsafe_b64encode(sealed).decode().rstrip("="), b"q")


@given(st.text())
def test_any_text_is_refused_as_a_cursor(text: str) -> None:
    with pytest.raises(ValueError, match="it "):
        Cursors([SECRET]).open(text, b"q")


def test_a_cursor_tells_nothing_of_the_row_that_it_stands_at() -> None:
    values = ["answered-37-per-cent", 37]
    sealed = Cursors([SECRET]).seal(values, b"q")
    assert b"answered" not in base64.urlsafe_b64decode(sealed + "==")
    assert Cursors([SECRET]).seal(values, b"q") != sealed


def test_a_new_secret_before_the_old_one_keeps_the_cursors_that_people_hold() -> None:
    old = Cursors([SECRET]).seal([1], b"q")
    both = Cursors([SECRET[::-1], SECRET])
    assert both.open(old, b"q") == [1]
    new = both.seal([2], b"q")
    with pytest.raises(ValueError, match="not sealed here"):
        Cursors([SECRET]).open(new, b"q")
    # another replica with the same setting
    assert Cursors([SECRET[::-1], SECRET]).open(new, b"q") == [2]


def test_without_a_setting_replicas_share_what_they_know_of_the_database(tokens: Tokens) -> None:
    def secrets(url: str, *keys: str) -> tuple[str, ...]:
        more = {"cursor_keys": ",".join(keys)} if keys else {}
        return settings_for(ServiceSettings, url, tokens, **more).cursor_secrets

    one, other = "postgresql://u:one@h/d", "postgresql://u:other@h/d"
    assert secrets(one) == secrets(one) != secrets(other)
    assert secrets(one, SECRET, SECRET[::-1]) == (SECRET, SECRET[::-1])
    with pytest.raises(ValidationError, match="at least 32"):
        secrets(one, "short")


async def pages(service: Any, query: str = "") -> list[list[str]]:
    headers = service.tokens.bearer(Role.TEACHER)
    found: list[list[str]] = []
    cursor: str | None = ""
    while cursor is not None:
        asked = f"/v1/things?limit=3{query}{f'&cursor={cursor}' if cursor else ''}"
        page = (await service.client.get(asked, headers=headers)).json()
        found.append(page["items"])
        cursor = page["next"]
    return found


async def make(service: Any, count: int) -> None:
    async with service.app.state.database.transaction() as session:
        for _ in range(count):
            await session.execute(
                text("insert into things (id, version) values (:id, 1)"),
                {"id": uuid4()},
            )


async def test_pages_give_every_row_once(service: Any) -> None:
    await make(service, 7)
    found = await pages(service)
    assert list(map(len, found)) == [3, 3, 1]
    rows = [UUID(row) for page in found for row in page]
    assert rows == sorted(set(rows))


async def test_a_cursor_belongs_to_its_query_and_a_forged_one_is_refused(service: Any) -> None:
    await make(service, 7)
    headers = service.tokens.bearer(Role.TEACHER)

    async def next_of(query: str) -> str:
        answer = await service.client.get(f"/v1/things?limit=3{query}", headers=headers)
        return str(answer.json()["next"])

    whole, filtered, sorted_ = [await next_of(each) for each in ("", "&least=1", "&by=id")]
    assert (await service.client.get(f"/v1/things?cursor={whole}", headers=headers)).is_success
    # a text where a number belongs, as the first version of cursors would have taken it
    forged = base64.urlsafe_b64encode(b'["000000000000", "text", "text"]').decode()
    for bad in ("x", "e30", forged, filtered, sorted_, whole[:-2], whole.swapcase()):
        answer = await service.client.get(f"/v1/things?cursor={bad}", headers=headers)
        assert answer.status_code == 422, bad
        assert answer.json()["type"] == "urn:triskel:problem:cursor-malformed"
    for limit in ("0", "201", "x"):
        answer = await service.client.get(f"/v1/things?limit={limit}", headers=headers)
        assert answer.status_code == 422
