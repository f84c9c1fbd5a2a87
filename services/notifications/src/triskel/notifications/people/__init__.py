"""People: what is held about one person."""
