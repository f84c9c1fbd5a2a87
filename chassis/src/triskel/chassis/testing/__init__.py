"""What tests of services use: real databases, real tokens, and a delivery of every event twice."""

from triskel.chassis.client import ApiClient
from triskel.chassis.testing.client import client_of, settings_for
from triskel.chassis.testing.deliver import deliver, examples, outbox_events
from triskel.chassis.testing.roundtrips import RoundTrips, counting_round_trips
from triskel.chassis.testing.schema import differences, tables_of
from triskel.chassis.testing.serving import on_a_socket
from triskel.chassis.testing.tokens import Tokens
from triskel.chassis.testing.waiting import eventually, wait_until

__all__ = [
    "ApiClient",
    "RoundTrips",
    "Tokens",
    "client_of",
    "counting_round_trips",
    "deliver",
    "differences",
    "eventually",
    "examples",
    "on_a_socket",
    "outbox_events",
    "settings_for",
    "tables_of",
    "wait_until",
]
