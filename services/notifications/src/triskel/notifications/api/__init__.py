"""The notifications service's HTTP door."""

from triskel.notifications.api import deliveries, inbox, people

ROUTERS = (inbox.router, deliveries.router, people.router)
