"""How Triskel services say it: outbox, relay, consumer, HTTP, authentication, telemetry."""
