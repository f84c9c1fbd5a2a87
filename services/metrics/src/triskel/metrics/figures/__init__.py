"""Figures: indicators, each with its definition."""
