"""Windows of the activities service: school calendars as files."""
