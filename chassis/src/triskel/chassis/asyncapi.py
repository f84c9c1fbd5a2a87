"""The topics of one service as a page without scripts, and of all services as AsyncAPI for
tools."""

import json
from typing import Any

from triskel.chassis.pages import render
from triskel.contracts import Event
from triskel.contracts.catalogue import CATALOGUE, Topic
from triskel.contracts.publish import asyncapi_document, event_schema


def document() -> str:
    """AsyncAPI 3 as JSON, which is YAML too."""
    return json.dumps(asyncapi_document(), ensure_ascii=False, indent=1)


def page(service: str) -> str:
    """The page of the events that a service publishes and consumes."""
    topics = CATALOGUE.values()
    return render(
        "triskel.chassis",
        "asyncapi.html",
        language="en",
        service=service,
        says=[_shown(topic) for topic in topics if topic.owner == service and topic.events],
        hears=[_shown(topic) for topic in topics if service in topic.readers],
    )


def _shown(topic: Topic) -> dict[str, Any]:
    names = ("name", "owner", "readers", "partitions", "retention", "personal", "mirrored")
    events = [_shown_event(kind) for kind in topic.events]
    return {name: getattr(topic, name) for name in names} | {"events": events}


def _shown_event(kind: type[Event]) -> dict[str, str]:
    return {
        "type": kind.event_type(),
        "sentence": " ".join((kind.__doc__ or "").split()),
        "schema": json.dumps(event_schema(kind), indent=2, ensure_ascii=False),
    }
