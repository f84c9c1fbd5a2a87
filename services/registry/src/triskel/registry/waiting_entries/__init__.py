"""Waiting entries: organisations that look for a partner."""
