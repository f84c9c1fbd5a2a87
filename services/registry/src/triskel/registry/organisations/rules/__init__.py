"""Plain Python: states, guards, transitions; no input or output, no clock, no framework."""
