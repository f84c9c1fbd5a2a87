"""Activities: their lifecycle, in seven formats."""
