"""Files are taken in, and their rows applied chunk by chunk."""
