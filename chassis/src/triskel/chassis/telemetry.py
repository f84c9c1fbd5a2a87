"""Logs, traces and Prometheus series of a process, and the correlation that goes with them."""

import logging
import re
import sys
from collections.abc import Iterable, Iterator, Mapping
from contextlib import AbstractContextManager, contextmanager
from contextvars import ContextVar
from functools import cache
from typing import Any

import structlog
import uuid_utils
from opentelemetry import trace
from opentelemetry.sdk.resources import Resource
from opentelemetry.sdk.trace import TracerProvider
from opentelemetry.sdk.trace.export import BatchSpanProcessor
from opentelemetry.trace import SpanKind
from opentelemetry.trace.propagation.tracecontext import TraceContextTextMapPropagator
from prometheus_client import (
    CollectorRegistry,
    Counter,
    Gauge,
    Histogram,
    ProcessCollector,
    disable_created_metrics,
)

from triskel.contracts import Envelope

disable_created_metrics()  # type: ignore[no-untyped-call]

CORRELATION_HEADER = "X-Correlation-ID"
_CORRELATION = re.compile(r"^[A-Za-z0-9._-]{1,64}$")
_CONTEXT_HEADERS = {"ce_id", "ce_correlationid", "ce_traceparent"}
_PROPAGATOR = TraceContextTextMapPropagator()
_DELAY_BUCKETS = (
    *(0.001, 0.002, 0.003, 0.005, 0.0075, 0.01, 0.015, 0.02, 0.03, 0.05, 0.075, 0.1, 0.15, 0.2),
    *(0.3, 0.5, 0.75, 1.0, 1.5, 2.0, 3.0, 5.0, 10.0, 30.0, 60.0),
)

_correlation: ContextVar[str | None] = ContextVar("correlation", default=None)
_causation: ContextVar[str | None] = ContextVar("causation", default=None)

log = structlog.get_logger("triskel")


class Telemetry:
    """The Prometheus series of one application; one registry each, so that tests can run many."""

    def __init__(self, service: str) -> None:
        self.registry = CollectorRegistry()
        ProcessCollector(registry=self.registry)
        self.info = self._gauge("triskel_service_info", "Always 1", "service")
        self.info.labels(service).set(1)
        self.relay_rows = Counter(
            "triskel_relay_rows", "Outbox rows sent to Kafka", registry=self.registry
        )
        self.relay_errors = Counter(
            "triskel_relay_errors", "Windows that failed, by kind", ["kind"], registry=self.registry
        )
        self.relay_leader = self._gauge("triskel_relay_leader", "1 while this replica relays")
        self.outbox_oldest = self._gauge(
            "triskel_outbox_oldest_unsent_seconds", "Age of the oldest row that is not sent"
        )
        self.outbox_parked = self._gauge(
            "triskel_outbox_parked_keys", "Keys that wait because a row of theirs cannot be sent"
        )
        self.consumer_events = Counter(
            "triskel_consumer_events",
            "Records read, by what became of them",
            ["topic", "outcome"],
            registry=self.registry,
        )
        self.consumer_batch = Histogram(
            "triskel_consumer_batch_seconds",
            "Time of one batch, from read to commit",
            ["topic"],
            registry=self.registry,
        )
        self.bus_delay = Histogram(
            "triskel_bus_delay_seconds",
            "From the insert into the outbox to the commit of the reader",
            ["topic"],
            buckets=_DELAY_BUCKETS,
            registry=self.registry,
        )
        self.consumer_failures = Counter(
            "triskel_consumer_failures",
            "Exceptions while reading or handling, by kind; nothing is lost by one",
            ["topic", "error"],
            registry=self.registry,
        )
        self.consumer_stopped = self._gauge(
            "triskel_consumer_stopped", "1 where a reader has stopped, see /readyz", "place"
        )
        self.consumer_lag = self._gauge(
            "triskel_consumer_lag_records", "Records not yet handled", "topic", "partition"
        )
        self.dead_letters = self._gauge(
            "triskel_dead_letters", "Dead letters that wait for a decision", "topic"
        )
        self.http_requests = Counter(
            "triskel_http_requests",
            "Requests, by route template and status",
            ["method", "route", "status"],
            registry=self.registry,
        )
        self.http_seconds = Histogram(
            "triskel_http_request_seconds",
            "Time to answer",
            ["method", "route"],
            registry=self.registry,
        )
        self.retention_deleted = Counter(
            "triskel_retention_deleted",
            "What was kept no longer, as its region says, by kind",
            ["kind"],
            registry=self.registry,
        )
        self.ready = self._gauge("triskel_ready", "1 while the service is ready")

    def _gauge(self, name: str, text: str, *labels: str) -> Gauge:
        return Gauge(name, text, labels, registry=self.registry)


def configure_logs(level: str, form: str) -> None:
    """Write each log entry to standard error as one line of JSON, with the correlation id; or as a
    coloured line where `form` is `console`. What libraries, asyncio, uvicorn and the warnings
    module log is written in the same way."""
    shared: list[Any] = [
        structlog.contextvars.merge_contextvars,
        structlog.stdlib.add_log_level,
        structlog.processors.TimeStamper(fmt="iso", utc=True),
    ]
    written: list[Any]
    if form == "json":
        written = [structlog.processors.format_exc_info, structlog.processors.JSONRenderer()]
    else:
        # rich tracebacks show what variables hold, and that may be somebody's name
        plain = structlog.dev.plain_traceback
        written = [structlog.dev.ConsoleRenderer(exception_formatter=plain)]
    structlog.configure(
        processors=shared + written,
        wrapper_class=structlog.make_filtering_bound_logger(
            getattr(logging, level.upper()),
        ),
        logger_factory=structlog.PrintLoggerFactory(sys.stderr),
    )
    handler = logging.StreamHandler(sys.stderr)
    handler.setFormatter(
        structlog.stdlib.ProcessorFormatter(
            foreign_pre_chain=[*shared, structlog.stdlib.add_logger_name],
            processors=[structlog.stdlib.ProcessorFormatter.remove_processors_meta, *written],
        )
    )
    handler.addFilter(_is_news)
    # libraries log only what is wrong; aiokafka's retries are normal life
    logging.basicConfig(level=logging.WARNING, handlers=[handler], force=True)
    logging.captureWarnings(True)
    for noisy in ("aiokafka", "faststream"):
        logging.getLogger(noisy).setLevel(logging.CRITICAL if level != "debug" else logging.INFO)


def _is_news(record: logging.LogRecord) -> bool:
    """False for what uvicorn logs of an exception that `http.problems` has logged already."""
    return not (record.name == "uvicorn.error" and str(record.msg).startswith("Exception in ASGI"))


def configure_traces(service: str, endpoint: str | None) -> TracerProvider:
    """Make spans, so that every event has a trace context. They are exported when there is an OTLP
    endpoint (`…/v1/traces`). Where the process has a provider already, it is returned."""
    current = trace.get_tracer_provider()
    if isinstance(current, TracerProvider):
        return current
    provider = TracerProvider(resource=Resource.create({"service.name": f"triskel-{service}"}))
    if endpoint:
        # protobuf and what goes with it, which no start without an endpoint need load
        from opentelemetry.exporter.otlp.proto.http.trace_exporter import OTLPSpanExporter

        provider.add_span_processor(BatchSpanProcessor(OTLPSpanExporter(endpoint=endpoint)))
    trace.set_tracer_provider(provider)
    return provider


@cache
def tracer() -> trace.Tracer:
    """Of whichever provider is set, also after this."""
    return trace.get_tracer("triskel")


def correlation_id() -> str:
    """The correlation id of the current request or event; a new one where there is none."""
    return _correlation.get() or str(uuid_utils.uuid7())


def causation_id() -> str | None:
    """The id of the event that is being handled; null in a request."""
    return _causation.get()


def traceparent() -> str | None:
    """The W3C traceparent of the current span; null where there is none."""
    carrier: dict[str, str] = {}
    _PROPAGATOR.inject(carrier)
    return carrier.get("traceparent")


@contextmanager
def request_span(name: str, headers: dict[str, str]) -> Iterator[str]:
    """The span of one HTTP request, in the caller's trace if there is one; yields the correlation
    id: the caller's where it is well-formed, else a new one."""
    given = headers.get(CORRELATION_HEADER.lower(), "")
    correlation = given if _CORRELATION.match(given) else str(uuid_utils.uuid7())
    parent = _PROPAGATOR.extract(headers)
    token = _correlation.set(correlation)
    try:
        with (
            structlog.contextvars.bound_contextvars(correlation_id=correlation),
            tracer().start_as_current_span(name, context=parent, kind=SpanKind.SERVER),
        ):
            yield correlation
    finally:
        _correlation.reset(token)


def name_span(name: str) -> None:
    """Name the current span once it is known which route it is."""
    trace.get_current_span().update_name(name)


def caused_by(envelope: Envelope) -> AbstractContextManager[None]:
    """For the time of the `with` block, an event is the cause of what is done: its correlation, its
    trace, and its id as causation id of what is recorded."""
    return continued(
        f"process {envelope.type}", envelope.correlationid, envelope.id, envelope.traceparent
    )


def batch_span(
    topic: str, records: int, headers: Iterable[tuple[str, bytes | None]]
) -> AbstractContextManager[None]:
    """The span in which a batch of a topic is handled. With the headers of a single event, which
    may hold any bytes, it belongs to the event's correlation and trace."""
    found = {
        name: value.decode("utf-8", "replace")
        for name, value in headers
        if name in _CONTEXT_HEADERS and value is not None
    }
    correlation = found.get("ce_correlationid", "")
    return continued(
        f"process {topic}",
        correlation if _CORRELATION.match(correlation) else str(uuid_utils.uuid7()),
        found.get("ce_id"),
        found.get("ce_traceparent"),
        {"messaging.system": "kafka", "messaging.batch.message_count": records},
    )


@contextmanager
def continued(
    name: str,
    correlation: str,
    causation: str | None,
    parent: str | None,
    attributes: Mapping[str, str | int] | None = None,
) -> Iterator[None]:
    """Work that was begun elsewhere goes on here: in the same correlation and in a span of the same
    trace, with the id of the event that caused it. `parent` is a W3C traceparent."""
    before = _correlation.set(correlation), _causation.set(causation)
    try:
        with (
            structlog.contextvars.bound_contextvars(correlation_id=correlation),
            tracer().start_as_current_span(
                name,
                context=_PROPAGATOR.extract({"traceparent": parent or ""}),
                kind=SpanKind.CONSUMER,
                attributes=attributes,
            ),
        ):
            yield
    finally:
        _correlation.reset(before[0])
        _causation.reset(before[1])
