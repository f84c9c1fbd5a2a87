"""Who may call: every route declares it, and what is served is asked whether it does."""

from typing import Any

from fastapi import Depends, FastAPI, Request
from fastapi.routing import RouteContext, iter_route_contexts
from starlette.routing import Mount

from triskel.chassis.auth.callers import Caller
from triskel.chassis.auth.memberships import Memberships
from triskel.chassis.auth.scopes import check_scope
from triskel.chassis.auth.tokens import Authenticator
from triskel.chassis.headers import ORGANISATION_HEADER
from triskel.contracts.codes import Role
from triskel.contracts.refusals import Forbidden

_EXPLAINS = {"/docs", "/docs/oauth2-redirect", "/openapi.json", "/static-offline-docs"}
"""What FastAPI serves to explain the API: open on purpose, and no route of ours."""


async def caller_of(request: Request) -> Caller:
    """The caller of a request, checked once: who they are by their token, and for which
    organisation they act by their membership."""
    known = getattr(request.state, "caller", None)
    if isinstance(known, Caller):
        return known
    memberships: Memberships = request.app.state.memberships
    caller = await memberships.acting(
        await _identity_of(request), request.headers.get(ORGANISATION_HEADER)
    )
    request.state.caller = caller
    return caller


async def _identity_of(request: Request) -> Caller:
    authenticator: Authenticator = request.app.state.authenticator
    return await authenticator.caller(request.headers.get("authorization"))


class RoleNotAllowed(Forbidden):
    """A route is for some roles."""

    field = "roles"
    en = "This needs one of the roles {roles}."
    fr = "Il faut l'un de ces rôles : {roles}."


class Access:
    """A dependency that declares who may call a route. It looks at nothing but headers, so it is
    asked before anything of the request is read."""

    def __init__(self, roles: tuple[Role, ...]) -> None:
        self.roles = roles

    async def __call__(self, request: Request) -> Caller:
        caller = await caller_of(request)
        check_scope(caller, request)
        # an operator is one of this deployment: whom the issuer of another region calls one is none
        at_home = caller.region in request.app.state.settings.regions
        roles = caller.roles if at_home else caller.roles - {Role.OPS}
        if self.roles and roles.isdisjoint(self.roles):
            raise RoleNotAllowed(
                roles=", ".join(self.roles),
                value=", ".join(sorted(caller.roles)),
            )
        return caller


class _Public(Access):
    async def __call__(self, request: Request) -> None:  # type: ignore[override]
        return None


class _Identified(Access):
    async def __call__(self, request: Request) -> Caller:
        return await _identity_of(request)


def identified() -> Any:
    """Declares that a route is for anybody with a token, who acts for nobody in it."""
    return Depends(_Identified(()))


def allow(*roles: Role) -> Any:
    """Declares a route's access: any of the roles, or anybody with a token when none is named.
    Use as `caller: Annotated[Caller, allow(Role.COORDINATOR)]`."""
    return Depends(Access(roles))


def public() -> Any:
    """Declares that a route is open on purpose: `dependencies=[public()]`."""
    return Depends(_Public(()))


def accesses_of(dependant: Any) -> list[Access]:
    """Every declaration of access among the dependencies of a route."""
    own = [dependant.call] if isinstance(dependant.call, Access) else []
    return own + [each for part in dependant.dependencies for each in accesses_of(part)]


def is_public(dependant: Any) -> bool:
    """Whether a route is open on purpose and nothing in it asks who calls."""
    return _all_public(accesses_of(dependant))


def _all_public(found: list[Access]) -> bool:
    return bool(found) and all(isinstance(access, _Public) for access in found)


def served_routes(app: FastAPI) -> list[RouteContext]:
    """Every route that the application answers, as it answers it: with the prefixes and the
    dependencies of the routers that it was included by. Sub-applications (mounts) are among them.
    """
    return list(iter_route_contexts(app.routes))


def undeclared_routes(app: FastAPI) -> list[str]:
    """The routes that do not say who may call them; `create_app` refuses to serve them."""
    return sorted(
        _named(route)
        for route in served_routes(app)
        if not _explains(route) and not _accesses_of(route)
    )


def public_routes(app: FastAPI) -> set[tuple[str, str]]:
    """(path, method) of the routes that need no token. A mount answers `*`."""
    return {
        (str(route.path_format or route.path), method)
        for route in served_routes(app)
        if _explains(route) or _all_public(_accesses_of(route))
        for method in _methods(route)
    }


def _accesses_of(route: RouteContext) -> list[Access]:
    dependant = getattr(route, "dependant", None)
    return [] if dependant is None else accesses_of(dependant)


def _explains(route: RouteContext) -> bool:
    return route.path in _EXPLAINS and not _accesses_of(route)


def _methods(route: RouteContext) -> set[str]:
    return {"*"} if isinstance(route.original_route, Mount) else route.methods or {"*"}


def _named(route: RouteContext) -> str:
    return f"{','.join(sorted(_methods(route)))} {route.path_format or route.path}"
