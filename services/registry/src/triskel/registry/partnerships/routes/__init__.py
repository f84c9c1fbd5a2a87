"""`/v1/partnerships`: propose, answer, sign, run, end."""

from triskel.registry.partnerships.routes import reading, writing

ROUTERS = (reading.router, writing.router)

__all__ = ["ROUTERS"]
