"""News become messages, and what became of them is written down."""
