"""Publishes the contracts: JSON Schemas, the AsyncAPI document, the reference pages; and checks.

`python -m triskel.contracts.publish` writes; with `--check` it writes nothing and fails when a
generated file is stale or when a schema breaks a published one.
"""

import argparse
import json
import sys
from pathlib import Path
from typing import Any

from pydantic.json_schema import models_json_schema

from triskel.contracts.catalogue import CATALOGUE, SERVICES, Topic
from triskel.contracts.compatibility import broken_since_publication
from triskel.contracts.event import Event

ASYNCAPI_VERSION = "3.0.0"
DIALECT = "https://json-schema.org/draft/2020-12/schema"

_HEADERS: dict[str, str] = {
    "ce_id": "UUIDv7 of this message",
    "ce_source": "/regions/<home region>/<owner>",
    "ce_type": "the event type, with its version",
    "ce_specversion": "1.0",
    "ce_time": "RFC 3339, with a zone",
    "ce_subject": "the aggregate's id; also the record's key",
    "ce_dataschema": "urn:triskel:schema:<owner>:<name>:v<version>",
    "ce_partitionkey": "the aggregate's id",
    "ce_sequence": "the aggregate's version; (source, subject, sequence) is the event's identity",
    "ce_region": "NUTS code of the home region",
    "ce_correlationid": "one for everything that one request caused",
    "ce_causationid": "ce_id of the event that caused this one",
    "ce_traceparent": "W3C trace context",
    "content-type": "application/json",
}
_OPTIONAL_HEADERS = {"ce_causationid", "ce_traceparent"}


def event_schema(kind: type[Event]) -> dict[str, Any]:
    """The JSON Schema (2020-12) of one event's data, as readers see it."""
    schema = kind.model_json_schema(mode="serialization")
    return {"$schema": DIALECT, "$id": kind.dataschema(), **schema}


def asyncapi_document() -> dict[str, Any]:
    """One AsyncAPI 3 document for the whole bus: channels, messages, who sends, who receives."""
    events = [kind for topic in CATALOGUE.values() for kind in topic.events]
    references, definitions = models_json_schema(
        [(kind, "serialization") for kind in events], ref_template="#/components/schemas/{model}"
    )
    schemas = definitions["$defs"]
    schemas["EnvelopeHeaders"] = {
        "type": "object",
        "required": sorted(_HEADERS.keys() - _OPTIONAL_HEADERS),
        "properties": {
            name: {"type": "string", "description": text} for name, text in _HEADERS.items()
        },
    }
    messages = {
        kind.event_type(): {
            "name": kind.event_type(),
            "title": kind.__name__,
            "summary": _sentence(kind),
            "contentType": "application/json",
            "headers": {"$ref": "#/components/schemas/EnvelopeHeaders"},
            "payload": references[kind, "serialization"],
        }
        for kind in events
    }
    return {
        "asyncapi": ASYNCAPI_VERSION,
        "info": {
            "title": "Triskel",
            "version": "1",
            "description": "CloudEvents 1.0 over Kafka, binary mode. Each event carries the whole "
            "public state of its aggregate. Ignore unknown types and unknown fields.",
            "license": {"name": "Apache-2.0", "url": "https://www.apache.org/licenses/LICENSE-2.0"},
        },
        "defaultContentType": "application/json",
        "channels": {topic.name: _channel(topic) for topic in CATALOGUE.values()},
        "operations": _operations(),
        "components": {"messages": messages, "schemas": schemas},
    }


def _channel(topic: Topic) -> dict[str, Any]:
    return {
        "address": topic.name,
        "description": f"Owner: {topic.owner}. Kept: {topic.retention}. "
        f"Personal data: {_yes(topic.personal)}. Mirrored: {_yes(topic.mirrored)}.",
        "messages": {
            kind.event_type(): {"$ref": f"#/components/messages/{kind.event_type()}"}
            for kind in topic.events
        },
        "bindings": {
            "kafka": {
                "topic": topic.name,
                "partitions": topic.partitions,
                "bindingVersion": "0.5.0",
            }
        },
    }


def _operations() -> dict[str, Any]:
    operations: dict[str, Any] = {}
    for topic in CATALOGUE.values():
        channel = {"$ref": f"#/channels/{topic.name}"}
        operations[f"{topic.owner}.says.{topic.name}"] = {"action": "send", "channel": channel}
        for reader in topic.readers:
            operations[f"{reader}.hears.{topic.name}"] = {
                "action": "receive",
                "channel": channel,
                "bindings": {
                    "kafka": {
                        "groupId": {"type": "string", "const": f"{reader}.{topic.name}"},
                        "bindingVersion": "0.5.0",
                    }
                },
            }
    return operations


def _yes(value: bool) -> str:
    return "yes" if value else "no"


def _sentence(kind: type[Event]) -> str:
    own = kind.__dict__.get("__doc__") or f"{kind.__name__}."
    return " ".join(own.split())


def reference_page() -> str:
    """The catalogue as a page for people."""
    lines = [
        "# Topics and events",
        "",
        "Generated by `make contracts` from `contracts/src/triskel/contracts/catalogue.py`.",
        "",
        "| topic | owner | readers | partitions | kept | personal data | mirrored |",
        "|---|---|---|---|---|---|---|",
    ]
    lines += [
        f"| `{topic.name}` | {topic.owner} | {', '.join(topic.readers) or '–'} "
        f"| {topic.partitions} | {topic.retention} | {_yes(topic.personal)} "
        f"| {_yes(topic.mirrored)} |"
        for topic in CATALOGUE.values()
    ]
    for topic in CATALOGUE.values():
        if topic.events:
            lines += ["", f"## {topic.name}", "", "| event type | says |", "|---|---|"]
            lines += [f"| `{kind.event_type()}` | {_sentence(kind)} |" for kind in topic.events]
    lines += ["", "## Headers of every record", "", "| header | meaning |", "|---|---|"]
    lines += [
        f"| `{name}` | {text.replace('<', '&lt;')}{' (optional)' * (name in _OPTIONAL_HEADERS)} |"
        for name, text in _HEADERS.items()
    ]
    lines += ["", f"Services: {', '.join(SERVICES)}.", ""]
    return "\n".join(lines)


def generated(root: Path) -> dict[Path, str]:
    """Every generated file of a checkout, by path, with the text it must have."""
    import yaml  # a development dependency: the installed package needs pydantic only

    schemas = root / "contracts" / "schemas"
    files = {
        schemas / f"{kind.event_type()}.json": json.dumps(
            event_schema(kind), indent=2, ensure_ascii=False
        )
        + "\n"
        for topic in CATALOGUE.values()
        for kind in topic.events
    }
    files[root / "contracts" / "asyncapi.yaml"] = yaml.safe_dump(
        asyncapi_document(), sort_keys=False, allow_unicode=True, width=100
    )
    files[root / "docs" / "reference" / "topics.md"] = reference_page()
    return files


def stale(root: Path) -> list[str]:
    """What is missing, differs, or is left over among the generated files."""
    files = generated(root)
    found = [
        f"{path.relative_to(root)}: {'stale' if path.exists() else 'missing'}"
        for path, text in files.items()
        if not path.exists() or path.read_text(encoding="utf-8") != text
    ]
    left_over = set((root / "contracts" / "schemas").glob("*.json")) - files.keys()
    return found + [f"{path.relative_to(root)}: no such event any more" for path in left_over]


def main() -> int:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--check", action="store_true", help="write nothing; fail on a difference")
    parser.add_argument("--root", type=Path, default=Path.cwd(), help="the checkout")
    options = parser.parse_args()
    root: Path = options.root.resolve()
    if not options.check:
        for path, text in generated(root).items():
            path.parent.mkdir(parents=True, exist_ok=True)
            path.write_text(text, encoding="utf-8")
        for line in stale(root):
            root.joinpath(line.partition(":")[0]).unlink()
    problems = [f"{line} (run `make contracts`)" for line in stale(root)]
    problems += broken_since_publication(root)
    for line in problems:
        print(line, file=sys.stderr)  # noqa: T201 - this is a command
    return 1 if problems else 0


if __name__ == "__main__":
    sys.exit(main())
