"""What a topic of a real broker has."""

from typing import Any

from aiokafka import AIOKafkaConsumer, TopicPartition


async def records_of(bootstrap: str, topic: str, partitions: int = 4) -> list[Any]:
    """Every record, each partition in its order."""
    async with AIOKafkaConsumer(bootstrap_servers=bootstrap) as consumer:
        places = [TopicPartition(topic, number) for number in range(partitions)]
        consumer.assign(places)
        await consumer.seek_to_beginning(*places)
        ends = await consumer.end_offsets(places)
        found: list[Any] = []
        while any([await consumer.position(place) < end for place, end in ends.items()]):
            for records in (await consumer.getmany(timeout_ms=500)).values():
                found += records
        return found
