"""Who must know what: plain Python."""
