"""People who speak for an organisation, and how they confirm it."""
