"""The registry's door: HTTP in, use case, HTTP out."""

from triskel.registry.api import (
    calendars,
    confirmations,
    contacts,
    imports,
    organisations,
    partnerships,
    responsiveness,
    waiting,
)

ROUTERS = (
    *organisations.ROUTERS,
    # before the contacts: `confirmations` is no number
    confirmations.router,
    responsiveness.router,
    contacts.router,
    *partnerships.ROUTERS,
    imports.router,
    calendars.router,
    waiting.router,
)
"""The routers of this service."""
