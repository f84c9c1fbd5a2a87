"""`python -m triskel.notifications` serves it."""

from triskel.chassis.start import start

start("notifications")
