"""Windows of the activities service: activities as iCalendar."""
