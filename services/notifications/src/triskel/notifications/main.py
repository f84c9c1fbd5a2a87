"""Wiring of the notifications service."""

from datetime import timedelta
from pathlib import Path

from fastapi import FastAPI

from triskel.chassis.auth import FetchKeys, fetch_keys
from triskel.chassis.clock import Clock
from triskel.chassis.consumer import Consumers
from triskel.chassis.outbox import Outbox
from triskel.chassis.service import Parts, create_app, run
from triskel.chassis.settings import load
from triskel.chassis.workers import Worker
from triskel.notifications.consumers import build_consumers
from triskel.notifications.messages.gauges import Gauges
from triskel.notifications.messages.jobs import Sender
from triskel.notifications.routers import ROUTERS
from triskel.notifications.settings import Settings

NAME = "notifications"
MIGRATIONS = Path(__file__).with_name("migrations")
MAIL_SECONDS = 2.0
"""For mails that are tried again; new ones wake the sender."""

GAUGES_SECONDS = 15.0


def describe(settings: Settings) -> Parts:
    gauges = Gauges()
    news_for = timedelta(days=settings.news_for_days)

    mails = Worker("mails", MAIL_SECONDS, Sender(settings).run, each_replica=True)

    def consumers(outbox: Outbox, clock: Clock) -> Consumers:
        return build_consumers(outbox, clock, news_for, mails.wake.set)

    return Parts(
        name=NAME,
        description="Who must know what, in their language, once: mails and an inbox.",
        settings=settings,
        migrations=MIGRATIONS,
        routers=ROUTERS,
        consumers=consumers,
        workers=(
            mails,
            Worker("gauges", GAUGES_SECONDS, gauges.refresh, each_replica=True),
        ),
        gauges=gauges.register,
    )


def build(
    settings: Settings | None = None,
    *,
    clock: Clock | None = None,
    connect: bool = True,
    fetch: FetchKeys = fetch_keys,
) -> FastAPI:
    parts = describe(settings or load(Settings, NAME))
    return create_app(parts, clock=clock, connect=connect, fetch=fetch)


def main() -> None:
    run(describe(load(Settings, NAME)))
