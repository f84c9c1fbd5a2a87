"""`python -m triskel.registry` serves it."""

from triskel.chassis.service import run
from triskel.registry.main import SPEC

run(SPEC)
