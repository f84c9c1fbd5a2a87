"""The partner registry: organisations, contacts, partnerships, and imports of directories."""
