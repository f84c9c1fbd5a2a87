"""`python -m triskel.registry` serves it."""

from triskel.chassis.start import start

start("registry")
