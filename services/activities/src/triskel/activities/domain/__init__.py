"""Rules and decisions of activities: plain Python, no input or output, no clock."""
