"""What is true of places: who has them, who waits, who may come."""
