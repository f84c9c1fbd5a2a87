"""Wiring of the metrics service."""

from pathlib import Path

from fastapi import FastAPI

from triskel.chassis.auth import FetchKeys, fetch_keys
from triskel.chassis.clock import Clock
from triskel.chassis.service import Parts, create_app, run
from triskel.chassis.settings import load
from triskel.chassis.workers import Worker
from triskel.metrics.consumers import build_consumers
from triskel.metrics.figures.gauges import Gauges
from triskel.metrics.routers import ROUTERS
from triskel.metrics.settings import Settings

NAME = "metrics"
MIGRATIONS = Path(__file__).with_name("migrations")


def describe(settings: Settings) -> Parts:
    gauges = Gauges(settings)
    return Parts(
        name=NAME,
        description="Indicators, each with its definition; official figures as reference facts.",
        settings=settings,
        migrations=MIGRATIONS,
        routers=ROUTERS,
        consumers=build_consumers,
        workers=(
            Worker("gauges", settings.gauges_every_seconds, gauges.refresh, each_replica=True),
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
