"""The activities service's door: HTTP in, use case, HTTP out."""

from triskel.activities.api.routes import router

ROUTERS = (router,)
"""The routers of this service."""
