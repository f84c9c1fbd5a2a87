"""Each event: one name in four places, real examples that every reader accepts, no person."""

import json
from pathlib import Path
from typing import Any

import jsonschema
import pytest

from triskel.contracts import (
    CATALOGUE,
    Event,
    InvalidMessage,
    UnknownEventType,
    decode,
    encode,
    event_class,
    tombstone,
    topic_of,
    topics_read_by,
)

ROOT = Path(__file__).parents[1]
KINDS = [kind for topic in CATALOGUE.values() for kind in topic.events]
EXAMPLES = sorted((ROOT / "examples").glob("*/*.json"))


def load(path: Path) -> tuple[list[tuple[str, bytes]], bytes, bytes]:
    example = json.loads(path.read_text(encoding="utf-8"))
    headers = [(name, text.encode()) for name, text in example["headers"].items()]
    return headers, example["key"].encode(), json.dumps(example["value"]).encode()


def name_of(path: Path) -> str:
    return path.parent.name


@pytest.mark.parametrize("kind", KINDS, ids=lambda kind: kind.__name__)
def test_an_event_has_one_name_in_four_places(kind: type[Event]) -> None:
    assert event_class(kind.event_type()) is kind
    assert (ROOT / "schemas" / f"{kind.event_type()}.json").is_file()
    assert list((ROOT / "examples" / kind.event_type()).glob("*.json"))
    assert kind.event_type().startswith(f"triskel.{kind.owner}.")
    assert CATALOGUE[kind.topic].owner == kind.owner


@pytest.mark.parametrize("path", EXAMPLES, ids=name_of)
def test_an_example_fits_its_schema_and_survives_a_round_trip(path: Path) -> None:
    headers, key, value = load(path)
    received = decode(headers, key, value)
    assert received.event is not None and received.envelope is not None
    assert received.envelope.type == path.parent.name
    schema = json.loads((ROOT / "schemas" / f"{path.parent.name}.json").read_text())
    jsonschema.validate(json.loads(value), schema, jsonschema.Draft202012Validator)
    again = encode(received.event, received.envelope)
    assert decode(again.headers, again.key, again.value) == received
    assert again.key == key


def test_structured_mode_is_read_as_the_same_event() -> None:
    for path in EXAMPLES:
        headers, key, value = load(path)
        attributes = {name[3:]: text.decode() for name, text in headers if name.startswith("ce_")}
        whole = attributes | {"data": json.loads(value)}
        structured = [("content-type", b"application/cloudevents+json; charset=utf-8")]
        assert decode(structured, key, json.dumps(whole).encode()) == decode(headers, key, value)


def test_an_unknown_type_is_told_apart_from_an_invalid_message() -> None:
    headers, key, value = load(EXAMPLES[0])
    newer = [
        (n, b"triskel.registry.from-the-future.v9" if n == "ce_type" else v) for n, v in headers
    ]
    with pytest.raises(UnknownEventType):
        decode(newer, key, value)


def test_an_unknown_field_is_ignored() -> None:
    headers, key, value = load(EXAMPLES[0])
    more = json.loads(value) | {"from_the_future": 1}
    assert decode(headers, key, json.dumps(more).encode()) == decode(headers, key, value)


def changed(headers: list[tuple[str, bytes]], name: str, text: bytes) -> list[tuple[str, bytes]]:
    return [(n, text if n == name else v) for n, v in headers if text or n != name]


@pytest.mark.parametrize(
    ("header", "text", "says"),
    [
        ("ce_id", b"", "'id' is missing"),
        ("ce_type", b"", "'type' is missing"),
        ("ce_time", b"yesterday", "'time' is 'yesterday': must be RFC 3339"),
        ("ce_time", b"2025-10-01T08:00:00", "must carry a zone"),
        ("ce_sequence", b"0", "'sequence' is '0': must be a whole number from 1"),
        ("ce_sequence", b"99", "'sequence' must be the aggregate's version"),
        ("ce_subject", b"somebody-else", "'subject' must be the aggregate's id"),
        ("ce_region", b"NL", "'source' is"),
        ("ce_source", b"/regions/FRH0/metrics", "only 'activities' says"),
        ("ce_specversion", b"0.3", "must be '1.0'"),
        ("ce_source", b"\xff", "must be UTF-8"),
    ],
)
def test_a_broken_envelope_is_refused_and_the_attribute_named(
    header: str, text: bytes, says: str
) -> None:
    headers, key, value = load(ROOT / "examples/triskel.activities.activity-accepted.v1/0001.json")
    with pytest.raises(InvalidMessage, match=says):
        decode(changed(headers, header, text), key, value)


@pytest.mark.parametrize(
    "value", [b"", b"[]", b"{", b'"text"', b"\xff\xfe", b'{"contact": {"email": "a@b.example"}}']
)
def test_broken_data_is_refused_and_never_repeated_in_the_error(value: bytes) -> None:
    path = ROOT / "examples/triskel.registry.contact-registered.v1/0001.json"
    headers, key, _ = load(path)
    with pytest.raises(InvalidMessage) as refused:
        decode(headers, key, value)
    assert "a@b.example" not in str(refused.value)


def test_a_tombstone_is_an_erasure_of_its_key() -> None:
    message = tombstone("registry.contacts", "42")
    received = decode(message.headers, message.key, message.value)
    assert (received.key, received.event) == ("42", None)
    with pytest.raises(InvalidMessage, match="must have a key"):
        decode((), None, None)


def fields(schema: Any) -> set[str]:
    if isinstance(schema, dict):
        return set(schema.get("properties", {})).union(*map(fields, schema.values()))
    if isinstance(schema, list):
        return set().union(*map(fields, schema))
    return set()


def test_only_the_contacts_topic_carries_a_name_or_an_address_of_a_person() -> None:
    personal = {"email", "phone", "first_name", "last_name", "name", "birth_date"}
    for topic in CATALOGUE.values():
        found = set().union(*(fields(kind.model_json_schema()) for kind in topic.events))
        assert bool(found & personal) == (topic.personal and bool(topic.events)), topic.name


def test_personal_topics_are_never_mirrored_and_can_be_erased_by_compaction() -> None:
    for topic in CATALOGUE.values():
        if topic.personal:
            assert not topic.mirrored
        if topic.personal and topic.events:
            assert topic.config()["cleanup.policy"] == "compact"


def test_a_mirrored_topic_is_known_by_its_prefix_and_a_private_one_is_not() -> None:
    assert topic_of("frh0.registry.organisations") == (CATALOGUE["registry.organisations"], "frh0")
    assert topic_of("registry.contacts") == (CATALOGUE["registry.contacts"], None)
    for name in ("frh0.registry.contacts", "a.b.registry.organisations", "nothing"):
        with pytest.raises(KeyError):
            topic_of(name)


def test_names_of_topics_have_dots_and_hyphens_and_no_underscores() -> None:
    assert not [name for name in CATALOGUE if "_" in name]


def test_every_reader_in_the_catalogue_is_a_service() -> None:
    assert {r for t in CATALOGUE.values() for r in t.readers} == {
        "registry",
        "activities",
        "notifications",
        "metrics",
    }
    read = [topic.name for topic in topics_read_by("registry")]
    assert read == ["registry.memberships", "activities.activities"]
