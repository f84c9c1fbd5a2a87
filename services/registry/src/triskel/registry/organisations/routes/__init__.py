"""`/v1/organisations`: register, find, decide, update, merge."""

from triskel.registry.organisations.routes import reading, writing

ROUTERS = (reading.router, writing.router)

__all__ = ["ROUTERS"]
