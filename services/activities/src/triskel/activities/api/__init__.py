"""The activities service's door: HTTP in, use case, HTTP out."""

from triskel.activities.api import badges, bookings, details, offers, programmes
from triskel.activities.api.routes import router

ROUTERS = (
    router,
    details.router,
    bookings.router,
    bookings.masterclasses,
    badges.router,
    badges.certificates,
    *offers.ROUTERS,
    programmes.router,
)
"""The routers of this service."""
