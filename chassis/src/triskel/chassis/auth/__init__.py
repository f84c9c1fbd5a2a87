"""Who calls: bearer JWTs of trusted issuers; and who may: every route declares it."""

from triskel.chassis.auth.access import (
    Access,
    accesses_of,
    allow,
    caller_of,
    is_public,
    public,
    public_routes,
    served_routes,
    undeclared_routes,
)
from triskel.chassis.auth.callers import Caller, Unauthenticated
from triskel.chassis.auth.keys import FetchKeys, fetch_keys
from triskel.chassis.auth.tokens import Authenticator

__all__ = [
    "Access",
    "Authenticator",
    "Caller",
    "FetchKeys",
    "Unauthenticated",
    "accesses_of",
    "allow",
    "caller_of",
    "fetch_keys",
    "is_public",
    "public",
    "public_routes",
    "served_routes",
    "undeclared_routes",
]
