"""Who sees an activity beside those who made it: archived and hidden ones."""
