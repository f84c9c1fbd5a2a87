"""A relay alone in its process, with the worker that keeps its outbox:
`TRISKEL_DATABASE_URL=… python -m benchmarks.processes.relay BOOTSTRAP`.
"""

import asyncio
import os
import sys

from triskel.chassis.clock import SystemClock
from triskel.chassis.database import Database
from triskel.chassis.outbox import Outbox
from triskel.chassis.relay import Relay
from triskel.chassis.service import tune_gc
from triskel.chassis.telemetry import Telemetry
from triskel.chassis.workers import MAINTAIN_OUTBOX, Leadership, work


async def main(url: str, bootstrap: str) -> None:
    database = Database(url)
    relay = Relay(database, bootstrap, Telemetry("bench"))
    await asyncio.gather(
        relay.run(),
        work(MAINTAIN_OUTBOX, database, Outbox("bench"), SystemClock(), Leadership(database)),
    )


tune_gc()
asyncio.run(main(os.environ["TRISKEL_DATABASE_URL"], *sys.argv[1:]))
