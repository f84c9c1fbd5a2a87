"""The notifications service's HTTP door."""

from triskel.notifications.api import deliveries, inbox

ROUTERS = (inbox.router, deliveries.router)
