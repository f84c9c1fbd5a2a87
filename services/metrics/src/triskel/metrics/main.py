"""The spec of the metrics service."""

from pathlib import Path

from triskel.chassis.service import ServiceSpec, Wiring
from triskel.chassis.workers import Worker
from triskel.metrics.consumers import build_consumers
from triskel.metrics.figures.gauges import Gauges
from triskel.metrics.routers import ROUTERS
from triskel.metrics.settings import Settings


def wire(settings: Settings) -> Wiring:
    """Workers and consumers as the settings say."""
    gauges = Gauges(settings)
    return Wiring(
        consumers=build_consumers,
        workers=(
            Worker("gauges", settings.gauges_every_seconds, gauges.refresh, each_replica=True),
        ),
        gauges=gauges.register,
    )


SPEC = ServiceSpec(
    name="metrics",
    description="Indicators, each with its definition; official figures as reference facts.",
    settings=Settings,
    migrations=Path(__file__).with_name("migrations"),
    routers=ROUTERS,
    wire=wire,
)
