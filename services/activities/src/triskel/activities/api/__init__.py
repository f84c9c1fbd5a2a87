"""The activities service's door: HTTP in, use case, HTTP out."""

from triskel.activities.api import (
    action_items,
    badges,
    bookings,
    challenges,
    details,
    feeds,
    meetings,
    offers,
    pages,
    programmes,
    registrations,
    research,
)
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
    challenges.router,
    research.router,
    meetings.router,
    action_items.router,
    registrations.sides,
    registrations.families,
    pages.router,
    feeds.router,
    feeds.files,
)
"""The routers of this service."""
