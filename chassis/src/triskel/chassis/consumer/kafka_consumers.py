"""All Kafka consumers of a service, by FastStream: one subscriber and consumer group per topic."""

import asyncio
from contextlib import suppress
from functools import partial
from typing import Any

from aiokafka.errors import KafkaError
from faststream import AckPolicy
from faststream.kafka import KafkaBroker

from triskel.chassis.consumer import offsets
from triskel.chassis.consumer.batch_processor import BatchProcessor
from triskel.chassis.consumer.dead_letter_limit import DeadLetterLimit
from triskel.chassis.consumer.faststream_bypass import (
    pass_through,
    pass_through_decoded,
    use_fetching_consumers,
)
from triskel.chassis.consumer.handlers import Consumers
from triskel.chassis.consumer.middleware import BatchTelemetry
from triskel.chassis.consumer.subscription import (
    COORDINATION_ENDED,
    RETRY_SECONDS,
    Subscription,
)
from triskel.chassis.database import Database, is_transient
from triskel.chassis.outbox import Outbox
from triskel.chassis.retries import retrying
from triskel.chassis.telemetry import Telemetry, log
from triskel.contracts import CATALOGUE

MAX_RECORDS = 2_000
# new partitions and new mirrored topics are read when the consumer next asks for metadata
METADATA_AGE_MILLISECONDS = 5_000
FIRST_PAUSE_SECONDS = 0.2


class KafkaConsumers:
    """Reads every topic that has a handler; stays up while Kafka or PostgreSQL is away."""

    def __init__(
        self,
        consumers: Consumers,
        database: Database,
        outbox: Outbox,
        bootstrap: str,
        replica: str,
        telemetry: Telemetry,
        limit: DeadLetterLimit | None = None,
    ) -> None:
        self.connected = False
        self._database = database
        self._bootstrap = bootstrap
        self._replica = replica
        self._telemetry = telemetry
        self._member = 0
        limit = limit or DeadLetterLimit()
        self.subscriptions = {
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
        for subscription in self.subscriptions.values():
            found |= subscription.stopped
        return found

    async def run(self) -> None:
        """Read until cancelled."""
        while True:
            async for attempt in retrying(self._report, FIRST_PAUSE_SECONDS):
                with attempt:
                    await self._consume()

    async def _consume(self) -> None:
        """Returns when a connection has ended, so that the pauses before the next one begin small
        again. Raises what keeps it from connecting."""
        broker = self.broker()
        try:
            await broker.connect()
            on_error = {group: each.recover for group, each in self.subscriptions.items()}
            use_fetching_consumers(broker, on_error)
            await broker.start()
            self.connected = True
            await self._follow_stored_offsets()
        except Exception as error:
            if not self.connected:
                raise
            self._report(error)
        finally:
            self.connected = False
            with suppress(Exception):  # what cannot be stopped in order has ended
                await broker.stop()

    def _report(self, error: Exception) -> bool:
        """Log why it is connected again, which it is in any case."""
        if not isinstance(error, (KafkaError, OSError)):
            # a service must not stop reading for one fault of ours
            log.error("reader begins again", error=type(error).__name__)
            return True
        log.warning("reader waits for Kafka", error=type(error).__name__)
        # Kafka gives a static member back what it had, and aiokafka's membership ends where a topic
        # of that is gone since: join as another member
        self._member += COORDINATION_ENDED in str(error)
        return True

    async def _follow_stored_offsets(self) -> None:
        """Until cancelled, each second. Raises the error of a consumer that can read nothing any
        more."""
        while True:
            await asyncio.sleep(RETRY_SECONDS)
            for subscription in self.subscriptions.values():
                if subscription.fatal_error:
                    raise subscription.fatal_error
            try:
                async with self._database.reading() as session:
                    stored = await offsets.load(session)
                for group, subscription in self.subscriptions.items():
                    await subscription.follow_stored_offsets(stored.get(group, {}))
            except Exception as error:
                # the next look, in a second, is the next attempt
                if not (is_transient(error) or isinstance(error, KafkaError)):
                    raise

    def broker(self) -> KafkaBroker:
        """A new FastStream broker with a subscriber of each topic; it is not connected."""
        broker = KafkaBroker(
            self._bootstrap,
            logger=None,
            apply_types=False,
            consumer_only=True,
            allow_auto_create_topics=False,
            graceful_timeout=10.0,
            metadata_max_age_ms=METADATA_AGE_MILLISECONDS,
            middlewares=[partial(BatchTelemetry, telemetry=self._telemetry)],
        )
        member = self._replica if not self._member else f"{self._replica}.{self._member}"
        for group, subscription in self.subscriptions.items():
            subscription.fatal_error = None
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
            )
            subscription.subscriber(
                subscription.handle, parser=pass_through, decoder=pass_through_decoded
            )
        return broker
