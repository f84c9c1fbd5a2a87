"""What a service writes to its log is one JSON object a line, whoever says it."""

import json
import subprocess
import sys

SPEAKERS = """
import asyncio, logging, warnings
from triskel.chassis import telemetry

telemetry.configure_logs("info", "json")
telemetry.log.info("ours", number=1)
warnings.simplefilter("always")
warnings.warn("of the warnings module", ResourceWarning)
logging.getLogger("uvicorn.error").warning("Invalid HTTP request received.")
logging.getLogger("uvicorn.error").error("Exception in ASGI application", exc_info=ValueError("x"))
logging.getLogger("some.library").error("cannot %s", "go on", exc_info=ValueError("why"))
logging.getLogger("aiokafka").warning("a retry")


async def forgotten():
    async def fails():
        raise RuntimeError("in a task that nobody waits for")

    task = asyncio.create_task(fails())
    await asyncio.wait([task])
    del task


asyncio.run(forgotten())
"""


def test_what_libraries_asyncio_uvicorn_and_warnings_say_is_json_too() -> None:
    done = subprocess.run(
        [sys.executable, "-c", SPEAKERS], capture_output=True, text=True, check=True
    )
    lines = [json.loads(line) for line in done.stderr.splitlines()]
    said = {(line.get("logger"), line["level"]): line for line in lines}
    assert said[None, "info"] | {"timestamp": ""} == {
        "event": "ours",
        "number": 1,
        "level": "info",
        "timestamp": "",
    }
    assert "of the warnings module" in said["py.warnings", "warning"]["event"]
    assert said["uvicorn.error", "warning"]["event"] == "Invalid HTTP request received."
    assert said["some.library", "error"]["event"] == "cannot go on"
    assert "ValueError: why" in said["some.library", "error"]["exception"]
    assert "in a task that nobody waits for" in said["asyncio", "error"]["exception"]
    # uvicorn repeats what was logged already, and a retry of aiokafka's is normal life
    assert len(lines) == 5
    assert done.stdout == ""
