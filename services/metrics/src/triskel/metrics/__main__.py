"""`python -m triskel.metrics` serves it."""

from triskel.chassis.start import start

start("metrics")
