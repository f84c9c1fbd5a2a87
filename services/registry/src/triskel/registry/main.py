"""The spec of the registry."""

from pathlib import Path
from zoneinfo import ZoneInfo

from triskel.chassis.memberships import FOREIGN_TABLE, TABLE
from triskel.chassis.service import ServiceSpec, Wiring
from triskel.chassis.workers import Worker
from triskel.registry.calendars.jobs import take_over
from triskel.registry.claims import jobs as claims
from triskel.registry.consumers import build_consumers
from triskel.registry.contacts.jobs import SILENT, announce_erasures
from triskel.registry.imports.jobs import IMPORTING, LINES, run_imports
from triskel.registry.imports.routes import LARGEST_FILE_BYTES
from triskel.registry.matching.jobs import RANKINGS, close_rankings
from triskel.registry.partnerships.jobs import (
    AGREEMENTS,
    NOTES,
    begin_ready,
    expire_unanswered,
    finish_past,
    lapse_unsigned,
    watch_risks,
)
from triskel.registry.regions.commands import open_home_regions
from triskel.registry.registers.gateways import Sources
from triskel.registry.registers.jobs import nightly
from triskel.registry.reports.jobs import TEXTS
from triskel.registry.responsiveness.jobs import measure_hosts
from triskel.registry.routers import ROUTERS
from triskel.registry.settings import Settings
from triskel.registry.waiting_entries.jobs import expire_past

CLAIMS_SECONDS = 60.0
ERASURES_SECONDS = 600.0
EXPIRY_SECONDS = 5.0
FINISH_SECONDS = 60.0
BEGIN_SECONDS = 5.0
WATCH_SECONDS = 30.0
MEASURE_SECONDS = 5.0
IMPORT_SECONDS = 2.0
"""For what another replica took in; a file that is taken in here wakes the worker."""

REGISTERS_SECONDS = 30.0
REGIONS_SECONDS = 3600.0
CALENDARS_SECONDS = 3600.0
WAITING_SECONDS = 60.0


def wire(settings: Settings) -> Wiring:
    """Workers and consumers as the settings say."""
    sources = Sources(settings.registers_dir, LARGEST_FILE_BYTES)
    zone = ZoneInfo(settings.time_zone)
    return Wiring(
        consumers=build_consumers,
        workers=(
            Worker("expire-partnerships", EXPIRY_SECONDS, expire_unanswered),
            Worker("lapse-partnerships", EXPIRY_SECONDS, lapse_unsigned),
            Worker("expire-claims", CLAIMS_SECONDS, claims.expire_unanswered),
            Worker("announce-erasures", ERASURES_SECONDS, announce_erasures(settings)),
            Worker("delete-closed-claims", CLAIMS_SECONDS, claims.delete_closed),
            Worker(IMPORTING, IMPORT_SECONDS, run_imports),
            Worker("look-at-registers", REGISTERS_SECONDS, nightly(sources, zone)),
            Worker("open-home-regions", REGIONS_SECONDS, open_home_regions(settings.regions)),
            Worker("take-over-calendars", CALENDARS_SECONDS, take_over(settings.regions)),
            Worker("finish-partnerships", FINISH_SECONDS, finish_past),
            Worker("expire-waiting-entries", WAITING_SECONDS, expire_past),
            Worker("begin-partnerships", BEGIN_SECONDS, begin_ready),
            Worker("watch-risks", WATCH_SECONDS, watch_risks),
            Worker("measure-hosts", MEASURE_SECONDS, measure_hosts),
            Worker("close-rankings", EXPIRY_SECONDS, close_rankings),
        ),
        retention=(SILENT, NOTES, AGREEMENTS, RANKINGS, LINES, TEXTS),
    )


SPEC = ServiceSpec(
    name="registry",
    description="Organisations, contacts, partnerships, and imports of official directories.",
    settings=Settings,
    migrations=Path(__file__).with_name("migrations"),
    routers=ROUTERS,
    wire=wire,
    membership_tables=(TABLE, FOREIGN_TABLE),
)
