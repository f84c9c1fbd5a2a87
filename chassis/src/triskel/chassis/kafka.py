"""Topics on a broker, as the catalogue says; and whether the broker answers."""

from aiokafka.admin import AIOKafkaAdminClient, NewTopic
from aiokafka.errors import KafkaError, TopicAlreadyExistsError, for_code

from triskel.contracts import CATALOGUE


async def ensure_topics(bootstrap: str, replication: int = 1) -> list[str]:
    """Make the catalogue's topics that are missing; returns their names. Existing ones stay as
    they are: partitions and retention of a live topic are a person's decision."""
    admin = AIOKafkaAdminClient(bootstrap_servers=bootstrap, request_timeout_ms=20_000)
    await admin.start()
    try:
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


async def broker_answers(bootstrap: str) -> str | None:
    """None when the broker answers, else why not."""
    admin = AIOKafkaAdminClient(bootstrap_servers=bootstrap, request_timeout_ms=2_000)
    try:
        await admin.start()
    except (KafkaError, OSError) as error:
        return f"{bootstrap} does not answer: {type(error).__name__}"
    finally:
        await admin.close()
    return None
