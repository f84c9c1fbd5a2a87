"""Whether a service is ready: checked in the background, so that probes are answered at once."""

import asyncio
import math
import time
from pathlib import Path

from pydantic import BaseModel

from triskel.chassis import migrations
from triskel.chassis.consumer import Consumers, KafkaConsumers, dead_letters, lag
from triskel.chassis.database import Database
from triskel.chassis.kafka import BrokerProbe
from triskel.chassis.relay import outbox_backlog
from triskel.chassis.telemetry import Telemetry, log

CHECK_SECONDS = 2.0
ANSWER_SECONDS = 5.0
LAG_SECONDS = 15.0
"""As often as Prometheus asks, since the ends of all logs cost more than all other checks."""

OLDEST_UNSENT_SECONDS = 60.0


class Check(BaseModel):
    """What was found, and what to do where it is not ok."""

    ok: bool
    detail: str


class Readiness(BaseModel):
    """`ready` when every check is ok."""

    ready: bool
    checks: dict[str, Check]


class Health:
    """Checks every two seconds, lag less often. What it finds also sets the gauges of outbox, lag
    and dead letters. `constant_checks` are shown as they are."""

    def __init__(
        self,
        name: str,
        database: Database,
        bootstrap: str,
        directory: Path,
        telemetry: Telemetry,
        kafka_consumers: KafkaConsumers | None,
        consumers: Consumers,
        constant_checks: dict[str, Check],
    ) -> None:
        self._name = name
        self._database = database
        self._bootstrap = bootstrap
        self._broker = BrokerProbe(bootstrap)
        self._lag_measured_at = -math.inf
        self._migrations = directory
        self._telemetry = telemetry
        self._kafka_consumers = kafka_consumers
        self._consumers = consumers
        self._constant_checks = constant_checks
        self._migrated = False
        self.draining = False
        self._checks = {"start": Check(ok=False, detail="not checked yet")}

    @property
    def readiness(self) -> Readiness:
        checks = self._checks | self._constant_checks
        if self.draining:
            checks = checks | {"drain": Check(ok=False, detail="shutting down")}
        return Readiness(ready=all(check.ok for check in checks.values()), checks=checks)

    async def run(self) -> None:
        """Until cancelled."""
        while True:
            await self.check()
            await asyncio.sleep(CHECK_SECONDS)

    async def close(self) -> None:
        await self._broker.close()

    async def check(self) -> None:
        before = self.readiness
        database, broker = await asyncio.gather(self._check_database(), self._check_broker())
        self._checks = database | {"broker": broker}
        if self._kafka_consumers is not None:
            stopped = self._kafka_consumers.stopped
            detail = "; ".join(f"{where}: {reason}" for where, reason in stopped.items())
            self._checks["reading"] = Check(
                ok=not stopped, detail=detail or "every topic is being read"
            )
            self._telemetry.consumer_stopped.clear()
            for where in stopped:
                self._telemetry.consumer_stopped.labels(where).set(1)
            if broker.ok and database["database"].ok:
                await self._measure_lag()
        now = self.readiness
        self._telemetry.ready.set(int(now.ready))
        if now.ready != before.ready:
            failing = {name: check.detail for name, check in now.checks.items() if not check.ok}
            log.info("ready" if now.ready else "not ready", **failing)

    async def _check_database(self) -> dict[str, Check]:
        try:
            if not self._migrated:
                lacking = await migrations.pending(self._database.url, self._migrations)
                if lacking:
                    return {
                        "database": Check(ok=True, detail="answers"),
                        "migrations": Check(
                            ok=False,
                            detail=f"{len(lacking)} pending: run `triskel migrate {self._name}`",
                        ),
                    }
                self._migrated = True
            async with self._database.reading() as session:
                backlog = await outbox_backlog(session)
                letters = await dead_letters.waiting(session)
        except Exception as error:  # whatever keeps the database from answering makes it unready
            return {"database": Check(ok=False, detail=f"does not answer: {type(error).__name__}")}
        self._telemetry.outbox_oldest.set(backlog.oldest_seconds)
        self._telemetry.outbox_parked.set(backlog.parked_keys)
        for topic in self._consumers.topics:
            self._telemetry.dead_letters.labels(topic).set(letters.get(topic, 0))
        late = backlog.oldest_seconds > OLDEST_UNSENT_SECONDS
        return {
            "database": Check(ok=True, detail="answers"),
            "migrations": Check(ok=True, detail="none pending"),
            "outbox": Check(
                ok=not late,
                detail=f"{backlog.rows} rows wait, the oldest {backlog.oldest_seconds:.0f} s",
            ),
        }

    async def _check_broker(self) -> Check:
        problem = await self._broker.problem(ANSWER_SECONDS)
        return Check(ok=problem is None, detail=problem or "answers")

    async def _measure_lag(self) -> None:
        if time.monotonic() < self._lag_measured_at + LAG_SECONDS:
            return
        self._lag_measured_at = time.monotonic()
        try:
            async with asyncio.timeout(10), self._database.reading() as session:
                for row in await lag(session, self._bootstrap, self._consumers):
                    labels = (row.topic, str(row.partition))
                    self._telemetry.consumer_lag.labels(*labels).set(row.lag)
        except Exception as error:  # only a gauge is missing then
            log.info("lag not measured", error=type(error).__name__)
