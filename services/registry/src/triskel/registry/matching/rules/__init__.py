"""Matching: which school and which host fit, and who gets whom where both sides rank."""
