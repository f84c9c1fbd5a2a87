"""The registry's door: HTTP in, use case, HTTP out."""

from triskel.registry.api import (
    calendars,
    claims,
    confirmations,
    contacts,
    imports,
    matching,
    organisations,
    partnerships,
    registers,
    responsiveness,
    waiting,
)

ROUTERS = (
    # before the organisations and the contacts: `claims` is no action, `confirmations` no number
    claims.router,
    *organisations.ROUTERS,
    confirmations.router,
    responsiveness.router,
    contacts.router,
    *partnerships.ROUTERS,
    imports.router,
    registers.router,
    calendars.router,
    waiting.router,
    *matching.ROUTERS,
)
"""The routers of this service."""
