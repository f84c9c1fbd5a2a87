"""Budgets: what cost lines sum up to."""
