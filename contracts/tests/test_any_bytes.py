"""Whatever bytes a record holds, it is read or refused by name: nothing else is ever raised."""

import base64
import json
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
from hypothesis import find, given
from hypothesis import strategies as st

from triskel.contracts import InvalidMessage, Received, UnknownEventType, decode

EXAMPLE = Path(__file__).parents[1] / "examples/triskel.activities.activity-accepted.v1/0001.json"
Header = tuple[str | bytes, bytes | None]
Record = tuple[list[Header], bytes | None, bytes | None]
STORED = json.loads(EXAMPLE.read_text(encoding="utf-8"))
KEY: bytes = STORED["key"].encode()
VALUE: bytes = json.dumps(STORED["value"]).encode()
HEADERS: list[Header] = [(name, text.encode()) for name, text in STORED["headers"].items()]
ATTRIBUTES: dict[str, Any] = {
    name[3:]: text for name, text in STORED["headers"].items() if name.startswith("ce_")
}
STRUCTURED: list[Header] = [("content-type", b"application/cloudevents+json")]
WHOLE = decode(HEADERS, KEY, VALUE)

anything = st.none() | st.binary(max_size=200)
names = st.one_of(
    st.sampled_from([name for name, _ in HEADERS]),
    st.text(max_size=20),
    st.binary(max_size=20),
    st.text(st.characters(categories=["Cs"]), min_size=1, max_size=3),
)
records = st.tuples(st.lists(st.tuples(names, anything), max_size=6), anything, anything)
json_values = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats() | st.text(max_size=20),
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(st.text(max_size=8), inner),
    max_leaves=8,
)


def changed(name: str, text: bytes | None) -> list[Header]:
    return [(each, text if each == name else value) for each, value in HEADERS]


def structured(**more: Any) -> Received:
    whole = ATTRIBUTES | {"data": STORED["value"]} | more
    return decode(STRUCTURED, KEY, json.dumps(whole).encode())


def read_or_refused(
    headers: list[Header],
    key: bytes | None,
    value: bytes | None,
    read: Callable[..., Any] = decode,
) -> None:
    """Any other exception fails the test."""
    try:
        read(headers, key, value)
    except InvalidMessage as refused:
        assert str(refused).isprintable()
    except UnknownEventType:
        pass


@given(records)
def test_random_records_are_read_or_refused(record: Record) -> None:
    read_or_refused(*record)


@given(st.sampled_from(range(len(HEADERS))), names, anything)
def test_an_event_with_one_header_overwritten_is_read_or_refused(
    place: int, name: str | bytes, text: bytes | None
) -> None:
    read_or_refused([*HEADERS[:place], (name, text), *HEADERS[place + 1 :]], KEY, VALUE)
    read_or_refused([*HEADERS, (name, text)], KEY, VALUE)


@given(st.sampled_from([*ATTRIBUTES, "data", "data_base64"]), json_values)
def test_a_structured_event_with_one_member_overwritten_is_read_or_refused(
    name: str, value: Any
) -> None:
    whole = ATTRIBUTES | {"data": STORED["value"], name: value}
    read_or_refused(STRUCTURED, KEY, json.dumps(whole).encode())


def places(value: Any, at: tuple[str | int, ...] = ()) -> list[tuple[str | int, ...]]:
    if isinstance(value, list):
        value = dict(enumerate(value))
    inner = value.items() if isinstance(value, dict) else ()
    return [at, *(found for name, each in inner for found in places(each, (*at, name)))]


@given(st.sampled_from(places(STORED["value"])), json_values)
def test_an_event_with_one_value_inside_overwritten_is_read_or_refused(
    place: tuple[str | int, ...], value: Any
) -> None:
    whole = json.loads(VALUE)
    around: Any = {"": whole}
    for part in ("", *place)[:-1]:
        around = around[part]
    around[("", *place)[-1]] = value
    read_or_refused(HEADERS, KEY, json.dumps(whole if place else value).encode())


@given(st.integers(0, len(VALUE)), st.binary(max_size=4))
def test_an_event_with_some_bytes_overwritten_is_read_or_refused(at: int, text: bytes) -> None:
    read_or_refused(HEADERS, KEY, VALUE[:at] + text + VALUE[at + len(text) :])


@pytest.mark.parametrize("text", [b"[" * 100_000, b"9" * 10_000, b'"\\ud83d"', b"1e999", b"NaN"])
@pytest.mark.parametrize("headers", [HEADERS, STRUCTURED], ids=["binary", "structured"])
def test_json_that_readers_choke_on_is_refused(headers: list[Header], text: bytes) -> None:
    whole = json.dumps(ATTRIBUTES | {"data": 0}).encode()
    for value in (text, whole.replace(b"0}", text + b"}")):
        with pytest.raises(InvalidMessage):
            decode(headers, KEY, value)


def test_a_null_header_counts_as_absent() -> None:
    assert decode([*HEADERS, ("trace", None)], KEY, VALUE) == WHOLE
    assert decode(changed("content-type", None), KEY, VALUE) == WHOLE
    correlated = decode(changed("ce_correlationid", None), KEY, VALUE).envelope
    assert correlated is not None and correlated.correlationid == correlated.id
    with pytest.raises(InvalidMessage, match="'type' is missing"):
        decode(changed("ce_type", None), KEY, VALUE)


def test_a_null_attribute_of_a_structured_event_is_unset() -> None:
    read = structured(correlationid=None, causationid=None, traceparent=None, dataschema=None)
    assert read.envelope is not None
    assert read.envelope.correlationid == read.envelope.id
    assert read.envelope.causationid is None and read.envelope.traceparent is None
    assert read.envelope.dataschema == ""
    with pytest.raises(InvalidMessage, match="'subject' is missing"):
        structured(subject=None)


def test_a_header_that_is_not_ours_is_ignored_whatever_it_holds() -> None:
    more: list[Header] = [("ce_theirs", b"\xff"), (b"\xff\xfe", b"\0"), ("\ud800", None)]
    assert decode([*more, *HEADERS], None, VALUE) == WHOLE


@pytest.mark.parametrize(
    "content_type",
    [
        b"Application/CloudEvents+JSON",
        b"application/cloudevents+json; charset=utf-8",
        b" APPLICATION/CLOUDEVENTS+JSON ;charset=UTF-8",
    ],
)
def test_media_types_compare_without_case_and_parameters(content_type: bytes) -> None:
    value = json.dumps(ATTRIBUTES | {"data": STORED["value"]}).encode()
    assert decode([("Content-Type", content_type)], KEY, value) == WHOLE


def test_another_format_of_cloudevents_is_refused_by_name() -> None:
    with pytest.raises(InvalidMessage, match=r"'content-type' is 'application/cloudevents\+avro'"):
        decode([("content-type", b"application/cloudevents+avro")], KEY, VALUE)
    assert decode(changed("content-type", b"\xff"), KEY, VALUE) == WHOLE


@pytest.mark.parametrize(
    ("text", "same"),
    [
        ("2026-03-01t08:00:00z", "2026-03-01T08:00:00+00:00"),
        ("2026-03-01T09:00:00.5+01:00", "2026-03-01T08:00:00.500000+00:00"),
        ("2026-03-01T08:00:00.123456789Z", "2026-03-01T08:00:00.123456+00:00"),
        ("2016-12-31T23:59:60Z", "2016-12-31T23:59:59.999999+00:00"),
        ("2017-01-01t00:59:60.25+01:00", "2016-12-31T23:59:59.999999+00:00"),
    ],
)
def test_a_time_is_what_rfc_3339_allows(text: str, same: str) -> None:
    for read in (structured(time=text), decode(changed("ce_time", text.encode()), KEY, VALUE)):
        assert read.envelope is not None
        assert read.envelope.attributes()["time"] == same.replace("+00:00", "Z")


@pytest.mark.parametrize(
    "text",
    [
        *("2026-W10-1T08:00:00Z", "20260301T080000Z", "2026-03-01T08:00Z", "2026-03-01T08:00:60Z"),
        *("0001-01-01T00:00:00+23:59", "2026-02-30T08:00:00Z", "0000-01-01T00:00:00Z", "٢026"),
    ],
)
def test_a_time_that_rfc_3339_does_not_allow_is_refused_with_its_value(text: str) -> None:
    with pytest.raises(InvalidMessage, match="attribute 'time' is '"):
        structured(time=text)


def test_data_in_base64_is_read() -> None:
    whole = ATTRIBUTES | {"data_base64": base64.b64encode(VALUE).decode()}
    assert decode(STRUCTURED, KEY, json.dumps(whole).encode()) == WHOLE


@pytest.mark.parametrize(
    ("more", "says"),
    [
        ({"data_base64": "é"}, "either 'data' or 'data_base64'"),
        ({"data": None, "data_base64": "eA=="}, "either 'data' or 'data_base64'"),
        ({"subject": ["a"]}, "'subject' must be a text, a whole number or a truth value"),
        ({"sequence": 1.5}, "'sequence' must be a text"),
        ({"sequence": True}, "'sequence' is 'true': must be a whole number from 1"),
        ({"sequence": 2**31}, "must be a whole number from 1 to 2147483647"),
        ({"sequence": "1_0"}, "must be a whole number"),
        ({"correlationid": "a\0b"}, "'correlationid' is .*must have no control characters"),
        ({"id": "x" * 1000 + "\n"}, "'id' is 'x{100}…': must have no control characters"),
    ],
)
def test_a_broken_structured_event_is_refused_and_its_member_named(
    more: dict[str, Any], says: str
) -> None:
    with pytest.raises(InvalidMessage, match=says):
        structured(**more)


@pytest.mark.parametrize(
    ("value", "says"),
    [
        (b'{"type": "x"', "must be JSON: EOF"),
        (b"[]", "must be a JSON object"),
        (json.dumps(ATTRIBUTES).encode(), "must have either 'data' or 'data_base64'"),
        (json.dumps(ATTRIBUTES | {"data_base64": "é"}).encode(), "'data_base64' must be base64"),
        (json.dumps(ATTRIBUTES | {"data_base64": 1}).encode(), "'data_base64' must be base64"),
    ],
)
def test_what_is_no_structured_event_is_refused_with_the_rule(value: bytes, says: str) -> None:
    with pytest.raises(InvalidMessage, match=says):
        decode(STRUCTURED, KEY, value)


def test_an_attribute_twice_is_refused_unless_both_say_the_same() -> None:
    assert decode([*HEADERS, *HEADERS], KEY, VALUE) == WHOLE
    with pytest.raises(InvalidMessage, match="header 'ce_id' is given twice"):
        decode([*HEADERS, ("ce_id", b"another")], KEY, VALUE)
    with pytest.raises(InvalidMessage, match="header 'content-type' is given twice"):
        decode([*HEADERS, *STRUCTURED], KEY, VALUE)


@pytest.mark.parametrize(
    ("key", "says"), [(None, "must have a key"), (b"\xff", "UTF-8"), (b"\0", "control")]
)
def test_a_tombstone_whose_key_is_no_text_is_refused(key: bytes | None, says: str) -> None:
    with pytest.raises(InvalidMessage, match=says):
        decode((), key, None)


def test_an_error_can_be_printed_and_stored_whatever_it_names() -> None:
    value = VALUE.replace(STORED["value"]["activity"]["id"].encode(), b"\\u0000")
    with pytest.raises(InvalidMessage) as refused:
        decode(HEADERS, KEY, value)
    assert str(refused.value).isprintable() and "data: activity.id" in str(refused.value)


def test_the_same_records_find_a_reader_that_is_not_total() -> None:
    """The control: a reader that decodes what it is given, as ours did."""

    def naive(headers: list[Header], key: bytes | None, value: bytes | None) -> None:
        for _, text in headers:
            text.decode()  # type: ignore[union-attr]

    def breaks(record: Record) -> bool:
        try:
            read_or_refused(*record, read=naive)
        except (AttributeError, UnicodeDecodeError):
            return True
        return False

    assert find(records, breaks)
