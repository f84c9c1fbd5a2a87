"""Task-force meetings: their shape, their actions, and what they become."""
