"""All routes of the registry, in the order in which they are tried."""

from triskel.registry.calendars import routes as calendars
from triskel.registry.claims import routes as claims
from triskel.registry.confirmations import routes as confirmations
from triskel.registry.conflicts import routes as conflicts
from triskel.registry.contacts import routes as contacts
from triskel.registry.imports import routes as imports
from triskel.registry.matching import routes as matching
from triskel.registry.memberships import routes as memberships
from triskel.registry.organisations import routes as organisations
from triskel.registry.partnerships import routes as partnerships
from triskel.registry.regions import routes as regions
from triskel.registry.registers import routes as registers
from triskel.registry.reports import routes as reports
from triskel.registry.responsiveness import routes as responsiveness
from triskel.registry.waiting_entries import routes as waiting_entries

ROUTERS = (
    # before the organisations and the contacts: `claims` is no action, `confirmations` no id
    claims.router,
    organisations.router,
    conflicts.router,
    confirmations.router,
    responsiveness.router,
    contacts.router,
    memberships.router,
    partnerships.router,
    imports.router,
    registers.router,
    regions.router,
    regions.page,
    reports.router,
    calendars.router,
    waiting_entries.router,
    *matching.ROUTERS,
)
