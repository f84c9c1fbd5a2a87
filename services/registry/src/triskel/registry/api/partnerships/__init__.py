"""`/v1/partnerships`: propose, answer, sign, run, end."""

from triskel.registry.api.partnerships import reading, writing

ROUTERS = (reading.router, writing.router)

__all__ = ["ROUTERS"]
