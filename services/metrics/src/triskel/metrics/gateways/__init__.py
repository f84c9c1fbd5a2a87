"""The outside of the metrics service: official files."""
