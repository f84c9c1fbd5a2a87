"""The consumer: every event has its effect once in the database, whatever is redelivered."""

from triskel.chassis.consumer.batch_processor import BatchProcessor
from triskel.chassis.consumer.dead_letter_limit import DeadLetterLimit
from triskel.chassis.consumer.handlers import ConsumedRecord, Consumers, Handler, latest
from triskel.chassis.consumer.kafka_consumers import KafkaConsumers
from triskel.chassis.consumer.offsets import Lag, OffsetConflict, lag, rebuild, rebuilding
from triskel.chassis.consumer.partition_batch import PartitionBatch
from triskel.chassis.consumer.projections import Projection

__all__ = [
    "BatchProcessor",
    "ConsumedRecord",
    "Consumers",
    "DeadLetterLimit",
    "Handler",
    "KafkaConsumers",
    "Lag",
    "OffsetConflict",
    "PartitionBatch",
    "Projection",
    "lag",
    "latest",
    "rebuild",
    "rebuilding",
]
