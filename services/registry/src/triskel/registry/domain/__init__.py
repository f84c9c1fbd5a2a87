"""Rules and decisions of the registry: plain Python, no input or output, no clock."""
