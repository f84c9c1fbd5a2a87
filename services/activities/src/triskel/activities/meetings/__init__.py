"""Task-force meetings: delegations, agenda, minutes, action items."""
