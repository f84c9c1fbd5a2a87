"""Badges and certificates of who took part."""
