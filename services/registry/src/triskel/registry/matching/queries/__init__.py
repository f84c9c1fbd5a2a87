"""What is read for matching: candidates, suggestions, rounds and their results."""
