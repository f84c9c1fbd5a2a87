"""A program of the measurement in a process of its own."""

import sys
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from pathlib import Path
from tempfile import TemporaryDirectory

from benchmarks.measuring import Ends, Place, fill, organisations
from triskel.sandbox.children import Child


@asynccontextmanager
async def relay_process(place: Place) -> AsyncIterator[Child]:
    """A relay alone, warm: it has sent its first rows."""
    with TemporaryDirectory(prefix="triskel-relay-") as home:
        command = [sys.executable, "-m", "benchmarks.processes.relay", place.url, place.bootstrap]
        child = Child("relay", command, Path(home))
        child.start()
        try:
            async with Ends(place.bootstrap) as ends:
                already = await ends.total()
                await fill(place.url, organisations(100))
                await ends.reach(already + 100)
            yield child
        finally:
            child.stop()
