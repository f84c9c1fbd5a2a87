"""What can happen to offers: draft, publish, find, request from, and count what is taken."""
