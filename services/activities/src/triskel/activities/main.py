"""The spec of the activities service."""

from pathlib import Path

from triskel.activities.activities.jobs import (
    MARKS,
    MINUTES,
    WRITTEN,
    ask_for_reports,
    call_off,
    call_off_suspended,
    close_unevaluated,
    close_unreported,
    expire_unanswered,
    lapse_dates,
    lose_guests,
    resume_reinstated,
    say_missed,
    suspend_planned,
)
from triskel.activities.consumers import build_consumers
from triskel.activities.gateways.signing import signer_of
from triskel.activities.offers.jobs import count_daily, retire_without_host
from triskel.activities.places.jobs import lapse_offers
from triskel.activities.programmes.jobs import close_programmes
from triskel.activities.registrations.jobs import REGISTRATIONS, count_registrations
from triskel.activities.routers import ROUTERS
from triskel.activities.settings import Settings
from triskel.chassis.clock import Clock
from triskel.chassis.consumer import Consumers
from triskel.chassis.jobs import Job
from triskel.chassis.outbox import Outbox
from triskel.chassis.service import ServiceSpec, Wiring
from triskel.chassis.settings import refused_start
from triskel.chassis.workers import Worker

BY_TIME_SECONDS = 5.0
FOLLOW_SECONDS = 60.0
"""For what another replica heard, or could not conclude yet; news that come here wake them."""

FOLLOWERS: dict[str, Job] = {
    "call-off-activities": call_off,
    "suspend-activities": suspend_planned,
    "resume-activities": resume_reinstated,
    "lose-guests": lose_guests,
    "retire-offers": retire_without_host,
    "close-programmes": close_programmes,
}
"""What follows organisations and partnerships, by the name of its worker."""


def wire(settings: Settings) -> Wiring:
    """Workers and consumers as the settings say. Exits with code 78 for a key that cannot sign."""
    _check_badge_key(settings)
    followers = tuple(Worker(name, FOLLOW_SECONDS, job) for name, job in FOLLOWERS.items())

    def wake() -> None:
        for each in followers:
            each.wake.set()

    def consumers(outbox: Outbox, clock: Clock) -> Consumers:
        return build_consumers(outbox, clock, wake)

    return Wiring(
        consumers=consumers,
        workers=(
            Worker("expire-activities", BY_TIME_SECONDS, expire_unanswered),
            Worker("lapse-dates", BY_TIME_SECONDS, lapse_dates),
            *followers,
            Worker("call-off-suspended", BY_TIME_SECONDS, call_off_suspended),
            Worker("count-offers", BY_TIME_SECONDS, count_daily),
            Worker("close-activities", BY_TIME_SECONDS, close_unevaluated),
            Worker("ask-for-reports", BY_TIME_SECONDS, ask_for_reports),
            Worker("close-unreported", BY_TIME_SECONDS, close_unreported),
            Worker("count-registrations", BY_TIME_SECONDS, count_registrations),
            Worker("lapse-places", BY_TIME_SECONDS, lapse_offers),
            Worker("say-missed-deadlines", BY_TIME_SECONDS, say_missed),
        ),
        retention=(WRITTEN, MINUTES, MARKS, REGISTRATIONS),
    )


def _check_badge_key(settings: Settings) -> None:
    """A start with a key that cannot sign fails, rather than a teacher's request."""
    if settings.badge_key_file is None:
        return
    try:
        signer_of(settings.badge_key_file)
    except (OSError, ValueError) as error:
        problem = f"TRISKEL_BADGE_KEY_FILE is not usable: {error}"
        raise refused_start("activities", problem) from None


SPEC = ServiceSpec(
    name="activities",
    description="The lifecycle of activities in seven formats.",
    settings=Settings,
    migrations=Path(__file__).with_name("migrations"),
    routers=ROUTERS,
    wire=wire,
)
