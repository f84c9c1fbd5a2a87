"""The activity lifecycle: seven formats on one spine."""
