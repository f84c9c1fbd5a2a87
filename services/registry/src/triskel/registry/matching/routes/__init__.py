"""`/v1/matching`: suggestions, and rounds in which both sides rank."""

from triskel.registry.matching.routes import results, rounds, suggesting

ROUTERS = (suggesting.router, rounds.router, results.router)

__all__ = ["ROUTERS"]
