"""Wiring of the registry."""

from pathlib import Path
from zoneinfo import ZoneInfo

from fastapi import FastAPI

from triskel.chassis.auth import FetchKeys, fetch_keys
from triskel.chassis.clock import Clock
from triskel.chassis.service import Parts, create_app, run
from triskel.chassis.settings import load
from triskel.chassis.workers import Worker
from triskel.registry import api
from triskel.registry.api.imports import LARGEST_FILE_BYTES
from triskel.registry.api.responsiveness import policy_of
from triskel.registry.consumers import build_consumers
from triskel.registry.gateways.sources import Sources
from triskel.registry.settings import Settings
from triskel.registry.usecases.calendars import take_over
from triskel.registry.usecases.claims import close_claims
from triskel.registry.usecases.imports import IMPORTING, run_imports
from triskel.registry.usecases.matching import close_due
from triskel.registry.usecases.partnerships import (
    begin_ready,
    expire_unanswered,
    finish_past,
    watch_risks,
)
from triskel.registry.usecases.registers import nightly
from triskel.registry.usecases.responsiveness import measure_hosts
from triskel.registry.usecases.waiting import expire_past

NAME = "registry"
MIGRATIONS = Path(__file__).with_name("migrations")
CLAIMS_SECONDS = 60.0
EXPIRY_SECONDS = 5.0
FINISH_SECONDS = 60.0
BEGIN_SECONDS = 5.0
WATCH_SECONDS = 30.0
MEASURE_SECONDS = 5.0
IMPORT_SECONDS = 2.0
"""For what another replica took in; a file that is taken in here wakes the worker."""

REGISTERS_SECONDS = 30.0
CALENDARS_SECONDS = 3600.0
WAITING_SECONDS = 60.0


def describe(settings: Settings) -> Parts:
    sources = Sources(settings.registers_dir, LARGEST_FILE_BYTES)
    zone = ZoneInfo(settings.time_zone)
    return Parts(
        name=NAME,
        description="Organisations, contacts, partnerships, and imports of official directories.",
        settings=settings,
        migrations=MIGRATIONS,
        routers=api.ROUTERS,
        consumers=build_consumers,
        workers=(
            Worker("expire-partnerships", EXPIRY_SECONDS, expire_unanswered),
            Worker("close-claims", CLAIMS_SECONDS, close_claims),
            Worker(IMPORTING, IMPORT_SECONDS, run_imports),
            Worker("look-at-registers", REGISTERS_SECONDS, nightly(sources, zone)),
            Worker("take-over-calendars", CALENDARS_SECONDS, take_over(settings.regions)),
            Worker("finish-partnerships", FINISH_SECONDS, finish_past),
            Worker("expire-waiting-entries", WAITING_SECONDS, expire_past),
            Worker("begin-partnerships", BEGIN_SECONDS, begin_ready),
            Worker("watch-risks", WATCH_SECONDS, watch_risks(settings.quiet_school_weeks)),
            Worker("measure-hosts", MEASURE_SECONDS, measure_hosts(policy_of(settings))),
            Worker("close-rankings", EXPIRY_SECONDS, close_due),
        ),
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
