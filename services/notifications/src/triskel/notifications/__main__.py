"""`python -m triskel.notifications` serves it."""

from triskel.notifications.main import main

main()
