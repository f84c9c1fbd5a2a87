"""`python -m triskel.cli` is `triskel`."""

from triskel.cli.main import main

main()
