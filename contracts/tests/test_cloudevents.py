"""Our bytes, read and written by the CloudEvents project's own package."""

import json
from datetime import UTC, datetime

import pytest
from cloudevents.core.bindings import kafka
from cloudevents.core.formats.json import JSONFormat
from cloudevents.core.v1.event import CloudEvent

from triskel.contracts import Envelope, decode, encode
from triskel.contracts.registry import OrganisationApproved

ENVELOPE = Envelope(
    id="0199a1b3-0000-7000-8000-000000000001",
    source="/regions/FRH0/registry",
    type="triskel.registry.organisation-approved.v1",
    subject="0199a1b2-0000-7000-8000-000000000001",
    time=datetime(2025, 10, 2, 7, 0, 46, tzinfo=UTC),
    dataschema="urn:triskel:schema:registry:organisation-approved:v1",
    sequence=3,
    region="FRH0",
    correlationid="demo-1",
)
EVENT = OrganisationApproved.model_validate(
    {
        "organisation": {
            "id": "0199a1b2-0000-7000-8000-000000000001",
            "region": "FRH0",
            "version": 3,
            "kind": "company",
            "helix": "industry",
            "names": {"fr": "Atelier"},
            "status": "approved",
        }
    }
)


def message(**more: bytes) -> kafka.KafkaMessage:
    ours = encode(EVENT, ENVELOPE)
    return kafka.KafkaMessage(dict(ours.headers) | more, ours.key, ours.value)


def test_the_package_reads_what_we_write() -> None:
    event = kafka.from_binary(message(), JSONFormat(), CloudEvent)
    assert event.get_type() == ENVELOPE.type
    assert event.get_source() == ENVELOPE.source
    assert event.get_id() == ENVELOPE.id
    assert event.get_subject() == ENVELOPE.subject
    assert event.get_time() == ENVELOPE.time
    assert event.get_extension("sequence") == "3"
    assert event.get_extension("region") == "FRH0"
    data = event.get_data()
    assert isinstance(data, dict)
    assert data["organisation"]["names"] == {"fr": "Atelier"}


def test_the_package_would_refuse_a_message_without_a_source() -> None:
    bad = message()
    headers = {name: value for name, value in bad.headers.items() if name != "ce_source"}
    with pytest.raises(Exception, match="source"):
        kafka.from_binary(kafka.KafkaMessage(headers, bad.key, bad.value), JSONFormat(), CloudEvent)


@pytest.mark.parametrize("mode", ["binary", "structured"])
def test_we_read_what_the_package_writes(mode: str) -> None:
    attributes = ENVELOPE.attributes() | {
        "time": ENVELOPE.time,
        "datacontenttype": "application/json",
    }
    event = CloudEvent(attributes, json.loads(encode(EVENT, ENVELOPE).value))
    write = kafka.to_binary if mode == "binary" else kafka.to_structured
    theirs = write(event, JSONFormat())
    key = theirs.key.encode() if isinstance(theirs.key, str) else theirs.key
    received = decode(list(theirs.headers.items()), key, theirs.value)
    assert received.event == EVENT
    assert received.envelope == ENVELOPE
