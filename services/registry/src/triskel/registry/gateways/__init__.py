"""Windows of the registry: official directories as files."""
