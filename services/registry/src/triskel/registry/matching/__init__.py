"""Matching: suggestions, and rounds in which both sides rank."""
