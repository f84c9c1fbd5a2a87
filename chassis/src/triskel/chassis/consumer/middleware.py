"""FastStream's middleware for every batch: its trace and correlation, and its Prometheus series."""

import time
from collections.abc import Awaitable, Callable, Sequence
from typing import Any

from faststream import BaseMiddleware, ContextRepo
from faststream.message import StreamMessage

from triskel.chassis.telemetry import Telemetry, batch_span
from triskel.contracts import topic_of


class BatchTelemetry(BaseMiddleware[Any, Any]):
    """Runs the handler in a span, and measures what ends well: the time of the batch, and for each
    record the delay since its event was written into the outbox."""

    def __init__(
        self, records: Sequence[Any], /, *, context: ContextRepo, telemetry: Telemetry
    ) -> None:
        super().__init__(records, context=context)
        self._telemetry = telemetry

    async def consume_scope(
        self, call_next: Callable[[Any], Awaitable[Any]], msg: StreamMessage[Any]
    ) -> Any:
        records = self.msg
        topic = topic_of(records[0].topic)[0].name
        began = time.perf_counter()
        # one event goes on in its own trace; many have no trace in common
        headers = records[0].headers if len(records) == 1 else ()
        with batch_span(topic, len(records), headers):
            result = await call_next(msg)
        now = time.time()
        self._telemetry.consumer_batch.labels(topic).observe(time.perf_counter() - began)
        delay = self._telemetry.bus_delay.labels(topic)
        for record in records:
            delay.observe(max(0.0, now - record.timestamp / 1000))
        return result
