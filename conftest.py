"""Fixtures for every test of the house: real PostgreSQL, Kafka and mail, tokens, a clock."""

pytest_plugins = ["triskel.sandbox.fixtures", "triskel.chassis.testing.fixtures"]
