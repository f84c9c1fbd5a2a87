"""What a token of a service account reaches: scopes narrow what its roles allow."""

import re

from fastapi import Request

from triskel.chassis.auth.callers import Caller
from triskel.contracts.catalogue import SERVICES
from triskel.contracts.refusals import Forbidden

_SCOPE = re.compile(r"^[a-z][a-z-]*:(read|write)$")
_READS = {"GET", "HEAD"}


class ScopeMissing(Forbidden):
    """A token with scopes of ours reaches what they name and nothing else."""

    field = "scope"
    en = "The token's scopes do not reach this: it needs {service} or {resource}."
    fr = "Les portées du jeton ne vont pas jusque-là : il faut {service} ou {resource}."


def scopes_in(claim: str | None) -> frozenset[str] | None:
    """The scopes of ours in a claim `scope` (RFC 8693, 4.2): `registry:read` is all that is read
    of a service, `activities:write` all that is changed, and `contacts:read` the same of one
    resource, by the first word of its path. None where there are none: a person's token, which is
    not narrowed. A scope to write does not read, and one that names a service of ours and nothing
    that can be done there, such as `registry:export`, narrows to nothing."""
    found = frozenset(scope for scope in (claim or "").split() if _narrows(scope))
    return found or None


def _narrows(scope: str) -> bool:
    return bool(_SCOPE.match(scope)) or scope.partition(":")[0] in SERVICES


def check_scope(caller: Caller, request: Request) -> None:
    """Raises `ScopeMissing`."""
    if caller.scopes is None:
        return
    verb = "read" if request.method in _READS else "write"
    service = f"{request.app.state.service}:{verb}"
    resource = f"{_resource_of(request)}:{verb}"
    if caller.scopes.isdisjoint((service, resource)):
        raise ScopeMissing(
            service=service, resource=resource, value=" ".join(sorted(caller.scopes))
        )


def _resource_of(request: Request) -> str:
    """`organisations` of `/v1/organisations/…`."""
    return request.url.path.removeprefix("/v1/").partition("/")[0]
