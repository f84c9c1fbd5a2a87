"""`python -m triskel.activities` serves it."""

from triskel.chassis.start import start

start("activities")
