"""What each home region decides for itself."""
