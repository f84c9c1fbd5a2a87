"""Places: who has them, who waits, who comes next."""
