"""`python -m triskel.activities` serves it."""

from triskel.activities.main import SPEC
from triskel.chassis.service import run

run(SPEC)
