"""Innovation challenges: their shape, their actions, their ranking, and what they become."""
