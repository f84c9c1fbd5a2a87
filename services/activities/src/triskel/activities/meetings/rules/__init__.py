"""What is asked before an action of a meeting, and what becomes of it."""
