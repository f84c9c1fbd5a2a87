"""School calendars, as events told of them."""
