"""What each indicator counts: plain Python."""
