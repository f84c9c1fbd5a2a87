"""Load through the public APIs, faults at seeded moments, and a checker that shares no code with
the chassis."""
