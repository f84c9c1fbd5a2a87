"""Feeds: calendars that a calendar application subscribes to."""
