"""Registrations of families for a parents' day."""
