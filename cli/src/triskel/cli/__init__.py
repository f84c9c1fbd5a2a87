"""The command line of Triskel."""
