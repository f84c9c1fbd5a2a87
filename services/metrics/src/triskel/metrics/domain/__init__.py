"""The rules of the figures: definitions, suppression, intervals; plain Python."""
