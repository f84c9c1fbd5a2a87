"""The figures as Prometheus gauges, for what ops teams and coordinators watch."""

from collections.abc import Sequence
from zoneinfo import ZoneInfo

from prometheus_client import CollectorRegistry, Gauge

from triskel.chassis.clock import Clock
from triskel.chassis.database import Database
from triskel.chassis.outbox import Outbox
from triskel.contracts.days import day_in
from triskel.metrics.figures.queries.figures import figures_of, settings_of
from triskel.metrics.figures.rules.figures import Figure
from triskel.metrics.settings import Settings

SPLIT = ("format", "level", "sex", "status", "scope", "period", "against", "channel")
"""Bounded labels: never a school, and a region's years are few."""
_LABELS = ("indicator", "region", "school_year", *SPLIT)


class Gauges:
    """Each replica keeps its own, computed anew every few seconds. A suppressed figure is no
    series."""

    def __init__(self, settings: Settings) -> None:
        self._settings = settings

    def register(self, registry: CollectorRegistry) -> None:
        self.ratio = Gauge(
            "triskel_indicator_ratio",
            "An indicator that is a share or a difference of shares, 1 is the whole.",
            _LABELS,
            registry=registry,
        )
        self.amount = Gauge(
            "triskel_indicator_amount", "An indicator that is a number.", _LABELS, registry=registry
        )

    async def refresh(self, database: Database, outbox: Outbox, clock: Clock) -> int:
        found: list[Figure] = []
        async with database.reading() as session:
            for region in self._settings.regions:
                own = await settings_of(session, region)
                today = day_in(clock.now(), ZoneInfo(own.time_zone))
                found += await figures_of(session, region, own, today)
        self.show(found)
        return 0

    def show(self, figures: Sequence[Figure]) -> None:
        self.ratio.clear()
        self.amount.clear()
        for figure in figures:
            if figure.value is None or "school" in figure.breakdown:
                continue
            labels = {name: figure.breakdown.get(name, "") for name in SPLIT} | {
                "indicator": figure.definition.id,
                "region": figure.region,
                "school_year": figure.school_year,
            }
            if figure.definition.unit == "count":
                self.amount.labels(**labels).set(figure.value)
            else:
                self.ratio.labels(**labels).set(figure.value / 100)
