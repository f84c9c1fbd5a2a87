"""What each region sets for itself."""
