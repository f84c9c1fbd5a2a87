"""Organisations: registered, decided on, found and merged."""
