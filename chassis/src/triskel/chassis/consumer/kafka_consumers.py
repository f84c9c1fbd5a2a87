"""Listening to Kafka with FastStream: a consumer per topic, kept up and kept where it belongs."""

import asyncio
from contextlib import suppress
from functools import partial
from typing import Any

from aiokafka.errors import KafkaError
from faststream import AckPolicy
from faststream.kafka import KafkaBroker
from faststream.kafka.message import KafkaAckableMessage

from triskel.chassis.consumer import offsets
from triskel.chassis.consumer.batch import LONGEST_PAUSE_SECONDS, BatchProcessor
from triskel.chassis.consumer.fetching import FetchingConsumer, PartitionBatch
from triskel.chassis.consumer.handlers import Consumers
from triskel.chassis.consumer.limits import Limit
from triskel.chassis.consumer.subscription import (
    COORDINATION_ENDED,
    RESUME_POLL_SECONDS,
    Subscription,
)
from triskel.chassis.database import Database, is_transient
from triskel.chassis.outbox import Outbox
from triskel.chassis.telemetry import Telemetry, log
from triskel.contracts import CATALOGUE

MAX_RECORDS = 2_000
# new partitions and new mirrored topics are read when the consumer next asks for metadata
METADATA_AGE_MILLISECONDS = 5_000


class KafkaConsumers:
    """Hears every topic of a reader until cancelled; stays up while Kafka or PostgreSQL is away."""

    def __init__(
        self,
        consumers: Consumers,
        database: Database,
        outbox: Outbox,
        bootstrap: str,
        replica: str,
        telemetry: Telemetry,
        limit: Limit | None = None,
    ) -> None:
        self.connected = False
        self._database = database
        self._bootstrap = bootstrap
        self._replica = replica
        self._member = 0
        limit = limit or Limit()
        self._subscriptions = {
            consumers.group(topic): Subscription(
                topic,
                BatchProcessor(consumers, topic, database, outbox, telemetry, limit),
                database,
                telemetry,
                limit,
            )
            for topic in consumers.topics
        }

    @property
    def stopped(self) -> dict[str, str]:
        """What is not being read, with the reason, by `topic/partition`."""
        found: dict[str, str] = {}
        for subscription in self._subscriptions.values():
            found |= subscription.stopped
        return found

    async def run(self) -> None:
        pause = 0.2
        while True:
            broker = self._broker()
            try:
                await broker.connect()
                config: Any = broker.config.broker_config
                config.builder = partial(self._consumer, config.builder.keywords)
                await broker.start()
                self.connected = True
                await self._follow()
            except (KafkaError, OSError) as error:
                log.warning("reader waits for Kafka", why=type(error).__name__)
                # Kafka gives a static member back what it had, and aiokafka's membership ends where
                # a topic of that is gone since: join as somebody else
                self._member += COORDINATION_ENDED in str(error)
            except Exception as error:  # a reader must not end of one bad day
                log.error("reader begins again", why=type(error).__name__)
            finally:
                self.connected = False
                with suppress(Exception):  # what cannot be stopped in order has ended
                    await broker.stop()
            await asyncio.sleep(pause)
            pause = min(pause * 2, LONGEST_PAUSE_SECONDS)

    async def _follow(self) -> None:
        """Until cancelled."""
        while True:
            await asyncio.sleep(RESUME_POLL_SECONDS)
            for subscription in self._subscriptions.values():
                if subscription.ended:
                    raise subscription.ended
            try:
                async with self._database.reading() as session:
                    known = await offsets.read(session)
                for group, subscription in self._subscriptions.items():
                    await subscription.follow(known.get(group, {}))
            except Exception as error:
                if not (is_transient(error) or isinstance(error, KafkaError)):
                    raise

    def _consumer(self, common: dict[str, Any], **options: Any) -> FetchingConsumer:
        failed = self._subscriptions[options["group_id"]].failed
        return FetchingConsumer(failed=failed, **(common | options))

    def _broker(self) -> KafkaBroker:
        broker = KafkaBroker(
            self._bootstrap,
            logger=None,
            apply_types=False,
            consumer_only=True,
            allow_auto_create_topics=False,
            graceful_timeout=10.0,
            metadata_max_age_ms=METADATA_AGE_MILLISECONDS,
        )
        member = self._replica if not self._member else f"{self._replica}.{self._member}"
        for group, subscription in self._subscriptions.items():
            subscription.ended = None
            topic = CATALOGUE[subscription.topic]
            where: dict[str, Any] = {"pattern": topic.pattern()} if topic.mirrored else {}
            names = () if topic.mirrored else (topic.name,)
            subscription.subscriber = broker.subscriber(
                *names,
                **where,
                group_id=group,
                group_instance_id=f"{group}.{member}",
                batch=True,
                max_records=MAX_RECORDS,
                # a position outside of the log is an error that we judge, never a jump
                auto_offset_reset="none",
                ack_policy=AckPolicy.MANUAL,
                listener=subscription,
                session_timeout_ms=10_000,
                batch_timeout_ms=200,
                persistent=False,
            )
            subscription.subscriber(subscription.handle, parser=_as_it_is, decoder=_undecoded)
        return broker


async def _as_it_is(portions: tuple[PartitionBatch, ...]) -> KafkaAckableMessage:
    """FastStream's own parser decodes every header as UTF-8 and would lose a batch to a bad one."""
    return KafkaAckableMessage(
        body=b"", raw_message=portions, consumer=None, headers={}, batch_headers=[]
    )


async def _undecoded(message: Any) -> Any:
    return message.raw_message
