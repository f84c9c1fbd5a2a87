"""How the sending goes, as Prometheus gauges."""

from prometheus_client import CollectorRegistry, Gauge
from sqlalchemy import text

from triskel.chassis.clock import Clock
from triskel.chassis.database import Database
from triskel.chassis.outbox import Outbox

_COUNTS = text(
    """
    select channel, state, count(*) as messages from messages
    group by channel, state
    """
)
_OLDEST = text(
    """
    select coalesce(extract(epoch from clock_timestamp() - min(due_at)), 0)
    from messages where state = 'waiting' and due_at < clock_timestamp()
    """
)


class Gauges:
    def register(self, registry: CollectorRegistry) -> None:
        self.messages = Gauge(
            "triskel_messages",
            "Messages, by channel and what became of them",
            ("channel", "state"),
            registry=registry,
        )
        self.overdue = Gauge(
            "triskel_mail_overdue_seconds",
            "How long the oldest mail that could leave has been waiting",
            registry=registry,
        )

    async def refresh(self, database: Database, outbox: Outbox, clock: Clock) -> int:
        async with database.reading() as session:
            counts = (await session.execute(_COUNTS)).all()
            overdue = await session.scalar(_OLDEST)
        self.messages.clear()
        for channel, state, number in counts:
            self.messages.labels(channel=channel, state=state).set(number)
        self.overdue.set(float(overdue or 0))
        return 0
