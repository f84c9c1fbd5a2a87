"""Makes the catalogue's topics on a broker, and asks whether the broker answers."""

import asyncio

from aiokafka.admin import AIOKafkaAdminClient, NewTopic
from aiokafka.errors import KafkaError, TopicAlreadyExistsError, for_code

import triskel.chassis.kafka_connections  # noqa: F401  (for what it changes)
from triskel.contracts import CATALOGUE


async def ensure_topics(bootstrap: str, replication: int = 1) -> list[str]:
    """Make the catalogue's topics that are missing; returns their names. Existing topics stay as
    they are: partitions and retention of a topic in use are an operator's decision. Raises
    `KafkaError` when Kafka is away or refuses."""
    admin = AIOKafkaAdminClient(bootstrap_servers=bootstrap, request_timeout_ms=20_000)
    try:
        await admin.start()
        existing = set(await admin.list_topics())
        missing = [topic for name, topic in CATALOGUE.items() if name not in existing]
        if not missing:
            return []
        answer = await admin.create_topics(
            [
                NewTopic(topic.name, topic.partitions, replication, topic_configs=topic.config())
                for topic in missing
            ]
        )
        for name, code, *_ in answer.topic_errors:
            if code and not isinstance(for_code(code)(), TopicAlreadyExistsError):
                raise KafkaError(f"topic {name} could not be made: {for_code(code).__name__}")
        return [topic.name for topic in missing]
    finally:
        await admin.close()


class BrokerProbe:
    """Asks whether the broker answers, on one connection that is kept: to make a new one each time
    was most of what an idle service did."""

    def __init__(self, bootstrap: str) -> None:
        self._bootstrap = bootstrap
        self._admin: AIOKafkaAdminClient | None = None

    async def problem(self, timeout_seconds: float) -> str | None:
        """Null when the broker answers in time, else why it does not."""
        try:
            async with asyncio.timeout(timeout_seconds):
                if self._admin is None:
                    self._admin = AIOKafkaAdminClient(
                        bootstrap_servers=self._bootstrap, request_timeout_ms=2_000
                    )
                    await self._admin.start()
                await self._admin.describe_cluster()
        except (KafkaError, OSError) as error:
            await self.close()
            if isinstance(error, TimeoutError):
                return f"{self._bootstrap} does not answer in time"
            return f"{self._bootstrap} does not answer: {type(error).__name__}"
        except BaseException:
            await self.close()
            raise
        return None

    async def close(self) -> None:
        admin, self._admin = self._admin, None
        if admin is not None:
            await admin.close()
