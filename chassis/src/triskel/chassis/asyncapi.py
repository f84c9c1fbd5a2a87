"""The bus as one service sees it, as a page without scripts and as a document for tools."""

import html
import json
from typing import Any

from triskel.contracts.catalogue import CATALOGUE, Topic
from triskel.contracts.publish import asyncapi_document, event_schema

PAGE_POLICY = "default-src 'none'; style-src 'unsafe-inline'"
_STYLE = (
    "body{font:16px system-ui;max-width:70rem;margin:2rem auto;padding:0 1rem;line-height:1.4}"
    "table{border-collapse:collapse;width:100%}td,th{text-align:left;padding:.3rem .6rem;"
    "border-bottom:1px solid #ccc;vertical-align:top}pre{background:#f4f4f4;padding:1rem;"
    "overflow:auto}code{font-size:.95em}"
)


def document() -> str:
    """AsyncAPI 3 as JSON, which is YAML too."""
    return json.dumps(asyncapi_document(), ensure_ascii=False, indent=1)


def _topic(topic: Topic) -> str:
    facts = {
        "owner": topic.owner,
        "readers": ", ".join(topic.readers),
        "partitions": topic.partitions,
        "kept": topic.retention,
        "personal data": "yes" if topic.personal else "no",
        "mirrored": "yes" if topic.mirrored else "no",
    }
    told = " · ".join(f"{name}: {html.escape(str(value))}" for name, value in facts.items())
    events = "".join(
        f"<details><summary><code>{kind.event_type()}</code> – "
        f"{html.escape(' '.join((kind.__doc__ or '').split()))}</summary>"
        f"<pre>{html.escape(json.dumps(event_schema(kind), indent=2, ensure_ascii=False))}</pre>"
        "</details>"
        for kind in topic.events
    )
    return f'<h3 id="{topic.name}">{topic.name}</h3><p>{told}</p>{events}'


def page(service: str) -> str:
    def section(title: str, topics: list[Any]) -> str:
        return f"<h2>{title}</h2>" + ("".join(map(_topic, topics)) or "<p>Nothing.</p>")

    says = [t for t in CATALOGUE.values() if t.owner == service and t.events]
    hears = [t for t in CATALOGUE.values() if service in t.readers]
    return (
        f'<!doctype html><html lang="en"><meta charset="utf-8"><title>{service} on the bus</title>'
        f"<style>{_STYLE}</style><body><h1>What {service} says and hears</h1>"
        "<p>CloudEvents 1.0 over Kafka, binary mode. Each event carries the whole public state of "
        'its aggregate. <a href="/asyncapi.yaml">AsyncAPI 3 document</a></p>'
        f"{section('Says', says)}{section('Hears', hears)}</body></html>"
    )
