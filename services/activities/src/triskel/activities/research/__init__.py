"""Research works: group, sessions, milestones, report."""
