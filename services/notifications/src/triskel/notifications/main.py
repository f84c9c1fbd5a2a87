"""The spec of the notifications service."""

from datetime import timedelta
from pathlib import Path

from triskel.chassis.clock import Clock
from triskel.chassis.consumer import Consumers
from triskel.chassis.outbox import Outbox
from triskel.chassis.service import ServiceSpec, Wiring
from triskel.chassis.workers import Worker
from triskel.notifications.consumers import build_consumers
from triskel.notifications.messages.gauges import Gauges
from triskel.notifications.messages.jobs import MailSender, old_messages
from triskel.notifications.routers import ROUTERS
from triskel.notifications.settings import Settings

MAIL_SECONDS = 2.0
"""For mails that are tried again; new ones wake the sender."""

GAUGES_SECONDS = 15.0


def wire(settings: Settings) -> Wiring:
    """Workers and consumers as the settings say."""
    gauges = Gauges()
    news_for = timedelta(days=settings.news_for_days)

    mails = Worker("mails", MAIL_SECONDS, MailSender(settings).run, each_replica=True)

    def consumers(outbox: Outbox, clock: Clock) -> Consumers:
        return build_consumers(outbox, clock, news_for, mails.wake.set)

    return Wiring(
        consumers=consumers,
        workers=(
            mails,
            Worker("gauges", GAUGES_SECONDS, gauges.refresh, each_replica=True),
        ),
        retention=(old_messages(settings.news_for_days),),
        gauges=gauges.register,
    )


SPEC = ServiceSpec(
    name="notifications",
    description="Who must know what, in their language, once: mails and an inbox.",
    settings=Settings,
    migrations=Path(__file__).with_name("migrations"),
    routers=ROUTERS,
    wire=wire,
)
