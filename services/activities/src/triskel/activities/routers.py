"""All routes of the activities service, in the order in which they are tried."""

from triskel.activities.activities.commands import ACTIVITIES
from triskel.activities.activities.routes import activities
from triskel.activities.badges import routes as badges
from triskel.activities.budgets import routes as budgets
from triskel.activities.challenges import routes as challenges
from triskel.activities.challenges.actions import CHALLENGE
from triskel.activities.feeds import routes as feeds
from triskel.activities.meetings.actions import MEETING
from triskel.activities.meetings.routes import action_items, dossiers, meetings
from triskel.activities.offers import routes as offers
from triskel.activities.places.actions import PLACES
from triskel.activities.places.routes import bookings, details
from triskel.activities.programmes import routes as programmes
from triskel.activities.registrations.actions import REGISTRATIONS
from triskel.activities.registrations.routes import pages, registrations
from triskel.activities.research import routes as research
from triskel.activities.research.actions import RESEARCH
from triskel.activities.visibility import routes as visibility
from triskel.activities.visibility.actions import VISIBILITY

ROUTERS = (
    activities.router,
    details.router,
    bookings.router,
    bookings.masterclasses,
    badges.router,
    badges.certificates,
    *offers.ROUTERS,
    programmes.router,
    budgets.router,
    challenges.router,
    research.router,
    meetings.router,
    action_items.router,
    dossiers.router,
    visibility.router,
    registrations.sides,
    registrations.families,
    pages.router,
    feeds.router,
    feeds.files,
)

ACTIVITIES.actions.add(*PLACES, *REGISTRATIONS, *CHALLENGE, *RESEARCH, *MEETING, *VISIBILITY)
"""What only some formats have, behind what every activity has: the whole table of actions."""
