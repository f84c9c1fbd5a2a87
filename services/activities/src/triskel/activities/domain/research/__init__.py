"""Research works: their shape, their actions, and what they become."""
