"""What is done in matching: rounds are opened, ranked in, matched and confirmed."""
