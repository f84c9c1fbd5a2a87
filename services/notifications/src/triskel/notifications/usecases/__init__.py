"""What can happen in the notifications service."""
