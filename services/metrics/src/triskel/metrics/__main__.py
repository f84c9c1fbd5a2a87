"""`python -m triskel.metrics` serves it."""

from triskel.chassis.service import run
from triskel.metrics.main import SPEC

run(SPEC)
