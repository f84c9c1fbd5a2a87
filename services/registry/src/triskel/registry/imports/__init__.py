"""Imports of official directories."""
