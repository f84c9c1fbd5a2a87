"""However the stack is asked to stop, nobody is shown a traceback."""

import subprocess
import sys

import pytest

AT_WORK = """
import asyncio, os, signal
from triskel.cli.demo.command import terminated

signal.signal(signal.SIGTERM, terminated if {ours} else signal.default_int_handler)


async def one():
    await asyncio.sleep(0)
    os.kill(os.getpid(), signal.SIGTERM)
    await asyncio.Event().wait()


async def play():
    async with asyncio.TaskGroup() as group:
        group.create_task(one())
        group.create_task(asyncio.Event().wait())


try:
    asyncio.run(play())
except KeyboardInterrupt:
    print("stopped")
"""


@pytest.mark.parametrize("ours", [True, False])
def test_sigterm_in_the_middle_of_a_task_ends_all_and_shows_nothing(ours: bool) -> None:
    done = subprocess.run(
        [sys.executable, "-c", AT_WORK.format(ours=ours)],
        capture_output=True,
        text=True,
        check=True,
    )
    assert done.stdout == "stopped\n"
    # the control: raised where the signal found it, it is shown as taken by nobody
    assert ("Traceback" in done.stderr) == (not ours)
