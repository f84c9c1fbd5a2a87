"""A partnership's life: what it is, what is asked before an action, and what becomes of it."""
