"""`python -m triskel.activities` serves it."""

from triskel.activities.main import main

main()
