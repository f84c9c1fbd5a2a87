"""Wiring of the activities service."""

import sys
from datetime import timedelta
from pathlib import Path

from fastapi import FastAPI

from triskel.activities.activities.commands import close_unevaluated, expire_unanswered, say_missed
from triskel.activities.consumers import build_consumers
from triskel.activities.gateways.signing import signer_of
from triskel.activities.offers.commands.counting import count_daily
from triskel.activities.places.jobs import lapse_offers
from triskel.activities.registrations.commands import count_registrations
from triskel.activities.routers import ROUTERS
from triskel.activities.settings import Settings
from triskel.chassis.auth import FetchKeys, fetch_keys
from triskel.chassis.clock import Clock
from triskel.chassis.service import Parts, create_app, run
from triskel.chassis.settings import EX_CONFIG, load
from triskel.chassis.workers import Worker

NAME = "activities"
MIGRATIONS = Path(__file__).with_name("migrations")
BY_TIME_SECONDS = 5.0


def describe(settings: Settings) -> Parts:
    _check_badge_key(settings)
    return Parts(
        name=NAME,
        description="The lifecycle of activities in seven formats.",
        settings=settings,
        migrations=MIGRATIONS,
        routers=ROUTERS,
        consumers=build_consumers,
        workers=(
            Worker("expire-activities", BY_TIME_SECONDS, expire_unanswered),
            Worker("count-offers", BY_TIME_SECONDS, count_daily),
            Worker(
                "close-activities", BY_TIME_SECONDS, close_unevaluated(settings.close_after_days)
            ),
            Worker("count-registrations", BY_TIME_SECONDS, count_registrations),
            Worker(
                "lapse-places",
                BY_TIME_SECONDS,
                lapse_offers(timedelta(hours=settings.place_answer_hours)),
            ),
            Worker("say-missed-deadlines", BY_TIME_SECONDS, say_missed),
        ),
    )


def _check_badge_key(settings: Settings) -> None:
    """A start with a key that cannot sign fails, rather than a teacher's request."""
    if settings.badge_key_file is None:
        return
    try:
        signer_of(settings.badge_key_file)
    except (OSError, ValueError) as error:
        sys.stderr.write(f"triskel {NAME}: TRISKEL_BADGE_KEY_FILE is not usable: {error}\n")
        raise SystemExit(EX_CONFIG) from None


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
