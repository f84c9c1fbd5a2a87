"""A relay in a process of its own, to be killed: relay.py DATABASE_URL BOOTSTRAP."""

import asyncio
import sys

from triskel.chassis.database import Database
from triskel.chassis.relay import Relay
from triskel.chassis.telemetry import Telemetry


async def main() -> None:
    url, bootstrap = sys.argv[1:]
    await Relay(Database(url), bootstrap, Telemetry("test")).run()


asyncio.run(main())
