"""A relay alone in its process: `python -m benchmarks.processes.relay DATABASE BOOTSTRAP`."""

import asyncio
import sys

from triskel.chassis.database import Database
from triskel.chassis.relay import Relay
from triskel.chassis.service import calm_the_collector
from triskel.chassis.telemetry import Telemetry

calm_the_collector()
asyncio.run(Relay(Database(sys.argv[1]), sys.argv[2], Telemetry("bench")).run())
