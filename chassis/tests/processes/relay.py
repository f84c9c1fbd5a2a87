"""A relay in a process of its own, to be killed: DATABASE_URL=… relay.py BOOTSTRAP."""

import asyncio
import os
import sys

from triskel.chassis.database import Database
from triskel.chassis.relay import Relay
from triskel.chassis.telemetry import Telemetry


async def main() -> None:
    await Relay(Database(os.environ["DATABASE_URL"]), sys.argv[1], Telemetry("test")).run()


asyncio.run(main())
