"""What can happen to activities: draft, act, expire, close."""
