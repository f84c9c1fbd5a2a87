"""What a start loads and compiles: a service starts in few CPU seconds."""

import subprocess
import sys

LOOK = """
import sys
from triskel.chassis.telemetry import configure_traces
import triskel.chassis.service
from triskel.contracts.event import Event

def below(kind):
    return {kind}.union(*map(below, kind.__subclasses__()))

configure_traces("nobody", sys.argv[1] or None)
print("google.protobuf" in sys.modules, sum(kind.__pydantic_complete__ for kind in below(Event)))
"""


def _start(endpoint: str) -> list[str]:
    command = [sys.executable, "-c", LOOK, endpoint]
    return subprocess.run(command, check=True, capture_output=True, text=True).stdout.split()


def test_a_start_compiles_no_event_and_loads_what_sends_traces_only_for_an_endpoint() -> None:
    assert _start("") == ["False", "0"]
    assert _start("http://127.0.0.1:9/v1/traces") == ["True", "0"]
