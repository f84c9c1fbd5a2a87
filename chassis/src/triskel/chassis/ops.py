"""Routes for operators of a service: dead letters, parked keys, lag, offsets, rebuild, the bus."""

from collections.abc import Awaitable
from typing import Annotated, Any, Literal, TypeVar

from aiokafka import TopicPartition
from aiokafka.errors import KafkaError
from fastapi import APIRouter, Path, Query
from pydantic import BaseModel, Field

from triskel.chassis.auth import Caller, allow
from triskel.chassis.consumer import Consumers, Lag, dead_letters, lag, offsets, rebuild
from triskel.chassis.consumer.dead_letters import DeadLetter, DeadLetterRecord
from triskel.chassis.http import Router, Session
from triskel.chassis.http.bodies import example
from triskel.chassis.http.paging import Limit
from triskel.chassis.http.values import OneLine
from triskel.chassis.relay import OutboxBacklog, ParkedKey, outbox_backlog, parked_keys, release_key
from triskel.chassis.telemetry import Telemetry
from triskel.contracts.codes import Role
from triskel.contracts.refusals import Away, Conflict

Ops = Annotated[Caller, allow(Role.OPS)]
DeadLetterId = Annotated[int, Path(ge=1)]
Result = TypeVar("Result")


class BrokerAway(Away):
    """Kafka is asked, and does not answer."""

    en = "Kafka does not answer: {error}."
    fr = "Kafka ne répond pas : {error}."


class NothingToRebuild(Conflict):
    """A rebuild is of projections."""

    en = "This service has no projections."
    fr = "Ce service n'a pas de projections."


class DeadLetters(BaseModel):
    items: list[DeadLetter]
    waiting: dict[str, int]
    next: int | None


class ParkedKeys(BaseModel):
    items: list[ParkedKey]
    next: int | None


class KeyToRelease(BaseModel):
    """A topic as the list of parked keys names it, and one of its keys."""

    model_config = example(
        topic="activities.activities", key="0199a1b2-0000-7000-8000-000000000001"
    )

    topic: Annotated[str, OneLine(longest=249)]
    key: Annotated[str, OneLine(longest=1000)]


class Released(BaseModel):
    """How many rows are sent again."""

    rows: int


class Decision(BaseModel):
    """From where a partition shall be read: the log's `begin`, its `end`, or an offset between
    them. Topic and partition are named as in `GET /v1/ops/lag`."""

    model_config = example(topic="registry.organisations", partition=0, to="begin")

    topic: Annotated[str, OneLine(longest=249)]
    partition: Annotated[int, Field(ge=0, le=2**31 - 1)]
    to: Literal["begin", "end"] | Annotated[int, Field(ge=0, le=2**63 - 1)]


class Bus(BaseModel):
    """What this service sent and consumed since it started. `delay_buckets` count the records whose
    delay, from the insert into the outbox to the commit of the consumer, is at most so many
    seconds."""

    unsent: int
    parked_keys: int
    relayed: int
    outcomes: dict[str, int]
    delay_count: int
    delay_buckets: dict[str, int]
    lag: int


def bus_figures(telemetry: Telemetry, backlog: OutboxBacklog, lags: list[Lag]) -> Bus:
    outcomes: dict[str, int] = {}
    buckets: dict[str, int] = {}
    count = 0
    for metric in telemetry.registry.collect():
        for sample in metric.samples:
            if sample.name == "triskel_consumer_events_total":
                outcome = sample.labels["outcome"]
                outcomes[outcome] = outcomes.get(outcome, 0) + int(sample.value)
            elif sample.name == "triskel_bus_delay_seconds_bucket":
                bound = sample.labels["le"]
                buckets[bound] = buckets.get(bound, 0) + int(sample.value)
            elif sample.name == "triskel_bus_delay_seconds_count":
                count += int(sample.value)
    return Bus(
        unsent=backlog.rows,
        parked_keys=backlog.parked_keys,
        relayed=int(telemetry.registry.get_sample_value("triskel_relay_rows_total") or 0),
        outcomes=outcomes,
        delay_count=count,
        delay_buckets=buckets,
        lag=sum(row.lag for row in lags),
    )


def ops_router(consumers: Consumers, bootstrap: str, telemetry: Telemetry) -> APIRouter:
    router = Router(prefix="/v1/ops", tags=["operations"])

    async def answered(asked: Awaitable[Result]) -> Result:
        try:
            return await asked
        except (KafkaError, OSError) as error:
            raise BrokerAway(error=type(error).__name__) from None

    async def lags(session: Session) -> list[Lag]:
        return await answered(lag(session, bootstrap, consumers))

    @router.get("/dead-letters", summary="Dead letters that wait for a decision")
    async def list_dead_letters(
        _: Ops, session: Session, limit: Limit = 50, after: Annotated[int, Query(ge=0)] = 0
    ) -> DeadLetters:
        items = await dead_letters.list_waiting(session, after, limit)
        following = items[-1].id if len(items) == limit else None
        waiting = await dead_letters.waiting(session)
        return DeadLetters(items=items, waiting=waiting, next=following)

    @router.get("/dead-letters/{dead_letter_id}", summary="One dead letter with its record")
    async def show_dead_letter(
        _: Ops, session: Session, dead_letter_id: DeadLetterId
    ) -> DeadLetterRecord:
        return await dead_letters.show(session, dead_letter_id)

    @router.post("/dead-letters/{dead_letter_id}/redrive", summary="Handle a dead letter again")
    async def redrive_dead_letter(
        _: Ops, session: Session, dead_letter_id: DeadLetterId
    ) -> DeadLetter:
        return await dead_letters.redrive(session, dead_letter_id, consumers)

    @router.post(
        "/dead-letters/{dead_letter_id}/discard",
        summary="Decide never to handle it",
        status_code=204,
    )
    async def discard_dead_letter(_: Ops, session: Session, dead_letter_id: DeadLetterId) -> None:
        await dead_letters.discard(session, dead_letter_id)

    @router.get("/outbox/parked", summary="Keys that wait because a row cannot be sent")
    async def list_parked_keys(
        _: Ops, session: Session, limit: Limit = 50, after: Annotated[int, Query(ge=0)] = 0
    ) -> ParkedKeys:
        items = await parked_keys(session, after, limit)
        return ParkedKeys(items=items, next=items[-1].first if len(items) == limit else None)

    @router.post("/outbox/release", summary="Send the rows of a parked key again")
    async def release_parked_key(_: Ops, session: Session, body: KeyToRelease) -> Released:
        return Released(rows=await release_key(session, body.topic, body.key))

    @router.get("/lag", summary="Records not yet handled, by partition")
    async def show_lag(_: Ops, session: Session) -> list[Lag]:
        return await lags(session)

    @router.post("/offsets", summary="Decide where a reader goes on in a partition")
    async def set_offset(_: Ops, session: Session, body: Decision) -> Lag:
        partition = TopicPartition(body.topic, body.partition)
        return await answered(offsets.set_offset(session, bootstrap, consumers, partition, body.to))

    @router.get("/bus", summary="What went onto the bus and came from it")
    async def show_bus(_: Ops, session: Session) -> Bus:
        return bus_figures(telemetry, await outbox_backlog(session), await lags(session))

    @router.post("/rebuild", summary="Read the log again from its beginning", status_code=202)
    async def begin_rebuild(_: Ops, session: Session) -> dict[str, Any]:
        if not consumers.projections:
            raise NothingToRebuild
        await rebuild(session, consumers)
        return {"rebuilding": list(consumers.projections)}

    return router
