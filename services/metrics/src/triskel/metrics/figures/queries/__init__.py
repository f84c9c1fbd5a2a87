"""Counts of the projections, set-based, and the figures made of them."""
