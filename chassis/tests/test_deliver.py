"""What the tests of consumers rest on: every event comes twice, and as a real one does."""

from collections.abc import Sequence
from dataclasses import replace
from pathlib import Path
from uuid import uuid4

import pytest
from opentelemetry import trace
from opentelemetry.sdk.trace import ReadableSpan
from sqlalchemy import text
from sqlalchemy.ext.asyncio import AsyncSession

from triskel.chassis import telemetry
from triskel.chassis.consumer import ConsumedRecord, Consumers, latest
from triskel.chassis.database import Database
from triskel.chassis.testing.deliver import deliver, received
from triskel.chassis.testing.registry_events import approved
from triskel.contracts import Received, registry
from triskel.contracts.codes import OrganisationKind

EXAMPLE = Path(__file__).parent / "example" / "migrations"
TOPIC = "registry.organisations"
COUNT = "insert into seen (key, version, additions) values (:key, :version, 1) on conflict (key) do"
EVERY_TIME = text(f"{COUNT} update set additions = seen.additions + 1")
ONCE = text(
    f"{COUNT} update set version = excluded.version, additions = seen.additions + 1 "
    "where seen.version < excluded.version"
)


def company() -> registry.OrganisationApproved:
    return approved(uuid4(), OrganisationKind.COMPANY)


async def additions(database: Database) -> list[int]:
    async with database.reading() as session:
        return list((await session.scalars(text("select additions from seen"))).all())


async def test_a_handler_that_counts_duplicates_is_seen_and_one_that_does_not_is_right(
    database: Database,
) -> None:
    event = company()
    for statement, expected in ((EVERY_TIME, [2]), (ONCE, [1])):
        consumers = Consumers("metrics", projections=["seen"])

        async def handle(
            session: AsyncSession,
            records: Sequence[ConsumedRecord],
            statement: object = statement,
        ) -> None:
            for each in latest(records):
                assert each.envelope is not None
                given = {"key": each.key, "version": each.envelope.sequence}
                await session.execute(statement, given)  # type: ignore[call-overload]

        consumers.on(TOPIC)(handle)
        await deliver(database, consumers, event)
        assert await additions(database) == expected
        async with database.transaction() as session:
            await session.execute(text("truncate seen"))


async def test_a_handler_that_fails_fails_the_test_that_delivers(database: Database) -> None:
    consumers = Consumers("metrics")

    @consumers.on(TOPIC)
    async def handle(session: AsyncSession, records: Sequence[ConsumedRecord]) -> None:
        raise ZeroDivisionError

    with pytest.raises(AssertionError, match="handler failed: ZeroDivisionError"):
        await deliver(database, consumers, company())


async def test_a_batch_of_one_event_is_handled_in_its_trace_and_correlation(
    database: Database,
) -> None:
    provider = telemetry.configure_traces("test", None)
    with provider.get_tracer("test").start_as_current_span("the writer's") as parent:
        before = telemetry.traceparent()
    item = received(company())
    assert item.envelope is not None
    envelope = replace(item.envelope, traceparent=before, correlationid="what-began-it")
    consumers = Consumers("metrics")
    seen: list[tuple[str, int, str, str | None]] = []

    @consumers.on(TOPIC)
    async def handle(session: AsyncSession, records: Sequence[ConsumedRecord]) -> None:
        span = trace.get_current_span()
        assert isinstance(span, ReadableSpan)
        trace_id = span.get_span_context().trace_id
        seen.append((span.name, trace_id, telemetry.correlation_id(), telemetry.causation_id()))

    await deliver(database, consumers, Received(item.key, envelope, item.event))
    trace_id = parent.get_span_context().trace_id
    assert seen == [(f"process {TOPIC}", trace_id, "what-began-it", envelope.id)] * 2


async def test_events_of_several_causes_are_handled_in_a_trace_of_their_own(
    database: Database,
) -> None:
    telemetry.configure_traces("test", None)
    consumers = Consumers("metrics")
    seen: set[str | None] = set()

    @consumers.on(TOPIC)
    async def handle(session: AsyncSession, records: Sequence[ConsumedRecord]) -> None:
        seen.add(telemetry.causation_id())

    await deliver(
        database,
        consumers,
        company(),
        company(),
    )
    assert seen == {None}
