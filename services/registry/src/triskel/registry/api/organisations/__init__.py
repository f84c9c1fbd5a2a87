"""`/v1/organisations`: register, find, decide, update, merge."""

from triskel.registry.api.organisations import reading, writing

ROUTERS = (reading.router, writing.router)

__all__ = ["ROUTERS"]
