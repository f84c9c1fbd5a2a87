"""`python -m triskel.metrics` serves it."""

from triskel.metrics.main import main

main()
