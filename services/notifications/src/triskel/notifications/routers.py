"""All routes of the notifications service."""

from triskel.notifications.messages.routes import deliveries, inbox
from triskel.notifications.people import routes as people

ROUTERS = (inbox.router, deliveries.router, people.router)
