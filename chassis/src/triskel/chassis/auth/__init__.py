"""Who calls: bearer JWTs of trusted issuers; and who may: every route declares it."""

from triskel.chassis.auth.access import (
    Access,
    accesses_of,
    allow,
    caller_of,
    identified,
    is_public,
    public,
    public_routes,
    served_routes,
    undeclared_routes,
)
from triskel.chassis.auth.callers import Caller, Unauthenticated, person_of
from triskel.chassis.auth.keys import FetchKeys, fetch_keys
from triskel.chassis.auth.memberships import Belonging, Memberships
from triskel.chassis.auth.tokens import Authenticator
from triskel.chassis.headers import ORGANISATION_HEADER

__all__ = [
    "ORGANISATION_HEADER",
    "Access",
    "Authenticator",
    "Belonging",
    "Caller",
    "FetchKeys",
    "Memberships",
    "Unauthenticated",
    "accesses_of",
    "allow",
    "caller_of",
    "fetch_keys",
    "identified",
    "is_public",
    "person_of",
    "public",
    "public_routes",
    "served_routes",
    "undeclared_routes",
]
