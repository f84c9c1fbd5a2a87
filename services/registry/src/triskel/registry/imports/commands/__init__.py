"""What is done: load and lock, who may, version, rule, apply, record."""
