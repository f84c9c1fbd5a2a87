"""School calendars of the regions."""
