"""Real PostgreSQL, Kafka, mail and tokens without Docker."""

from triskel.sandbox.errors import SandboxError
from triskel.sandbox.infrastructure import Infrastructure, Ports, open_sandbox
from triskel.sandbox.kafka import KafkaBroker, open_kafka
from triskel.sandbox.postgres import PostgresServer, open_postgres

__all__ = [
    "Infrastructure",
    "KafkaBroker",
    "Ports",
    "PostgresServer",
    "SandboxError",
    "open_kafka",
    "open_postgres",
    "open_sandbox",
]
