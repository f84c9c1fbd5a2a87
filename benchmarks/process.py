"""A program of the measurement in a process of its own."""

import os
import sys
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from pathlib import Path
from tempfile import TemporaryDirectory

from benchmarks.measuring import Ends, Place, fill, organisations
from triskel.sandbox.children import Child


def program(name: str, database: str, home: Path, *words: str) -> Child:
    """`benchmarks.processes.NAME`, not yet started. The database's address holds a password, so it
    goes into the environment, which others on the machine cannot read."""
    command = [sys.executable, "-m", f"benchmarks.processes.{name}", *words]
    environment = os.environ | {"TRISKEL_DATABASE_URL": database}
    return Child(name, command, home, environment=environment)


@asynccontextmanager
async def relay_process(place: Place) -> AsyncIterator[Child]:
    """A relay alone, warm: it has sent its first rows."""
    with TemporaryDirectory(prefix="triskel-relay-") as home:
        child = program("relay", place.url, Path(home), place.bootstrap)
        try:
            child.start()
            async with Ends(place.bootstrap) as ends:
                already = await ends.total()
                await fill(place.url, organisations(100))
                await ends.reach(already + 100)
            yield child
        finally:
            child.stop()
