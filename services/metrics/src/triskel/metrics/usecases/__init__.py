"""What can happen in the metrics service."""
