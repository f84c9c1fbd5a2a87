"""The registry's door: HTTP in, use case, HTTP out."""

from triskel.registry.api import calendars, contacts, imports, organisations, partnerships, waiting

ROUTERS = (
    organisations.router,
    contacts.router,
    *partnerships.ROUTERS,
    imports.router,
    calendars.router,
    waiting.router,
)
"""The routers of this service."""
