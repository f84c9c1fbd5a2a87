"""What is done with offers: kept, requested from, and counted."""
