"""The activities service's door: HTTP in, use case, HTTP out."""

from triskel.activities.api import bookings, details
from triskel.activities.api.routes import router

ROUTERS = (router, details.router, bookings.router, bookings.masterclasses)
"""The routers of this service."""
