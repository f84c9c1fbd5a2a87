"""Records of one partition, with the position from which they were fetched."""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

from aiokafka import TopicPartition


@dataclass(frozen=True, slots=True)
class PartitionBatch:
    """At least one record (`aiokafka.ConsumerRecord`), in the order of their offsets.

    `fetched_from` is where this consumer stood when it fetched them: the offset that it had sought,
    or the end of the batch before. Offsets may be missing between it and the first record, because
    of compaction or control records; there is nothing for a handler at these.
    """

    partition: TopicPartition
    fetched_from: int
    records: Sequence[Any]

    @property
    def next_offset(self) -> int:
        """The offset behind the last record."""
        next_offset: int = self.records[-1].offset + 1
        return next_offset

    def halves(self) -> "tuple[PartitionBatch, PartitionBatch]":
        """Two batches of a batch with two records or more; the second is as if it had been fetched
        after the first."""
        middle = len(self.records) // 2
        first = PartitionBatch(self.partition, self.fetched_from, self.records[:middle])
        return first, PartitionBatch(self.partition, first.next_offset, self.records[middle:])
