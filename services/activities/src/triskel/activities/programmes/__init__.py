"""Programmes: what a school plans for a year."""
