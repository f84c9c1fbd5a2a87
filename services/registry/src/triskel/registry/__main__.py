"""`python -m triskel.registry` serves it."""

from triskel.registry.main import main

main()
