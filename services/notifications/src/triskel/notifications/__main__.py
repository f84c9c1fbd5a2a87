"""`python -m triskel.notifications` serves it."""

from triskel.chassis.service import run
from triskel.notifications.main import SPEC

run(SPEC)
