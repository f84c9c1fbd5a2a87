"""References: official figures, taken from files and said on the bus."""
