"""Who may call which route: the table that is a page of the reference, made from the routes."""

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from importlib import import_module
from typing import Any

from fastapi import APIRouter
from fastapi.routing import APIRoute

from triskel.chassis.actions import Action
from triskel.chassis.auth import accesses_of, is_public
from triskel.chassis.consumer import Consumers
from triskel.chassis.http import me
from triskel.chassis.http.actions import refusals_of
from triskel.chassis.ops import ops_router
from triskel.chassis.telemetry import Telemetry
from triskel.contracts.catalogue import SERVICES
from triskel.contracts.codes import Role

COLUMNS = (None, Role.COORDINATOR, Role.AUTHORITY, Role.OPS, Role.HEAD, Role.TEACHER, Role.COMPANY)
"""Nobody, who has no token; then each role in which people call."""

YES, NO = "yes", "–"

_OPENING = """\
Who may call which route. A role is one of the region's (coordinator, authority, ops), which the token of
a trusted issuer gives, or one in an organisation (head, teacher, company), which a
[membership](../decisions/0028-a-membership-says-for-whom-somebody-acts.md) gives; an expert has none. Who has
no membership calls in the roles of the token, for no organisation. A member's role counts for their
organisation and a coordinator's for their region: for another's the answer is 403 by the rules in the last
column, which names the states that the action starts from, too. A token of an issuer of another region
is none here (401), and an organisation that one is no member of cannot be chosen (403). Scopes narrow:
`read` for GET and `write` for the rest, of the service or of the first word of the path.\
"""  # noqa: E501


@dataclass(frozen=True)
class Permission:
    """Who may call one route. `roles` empty: anybody with a token; `public`: anybody at all."""

    service: str
    method: str
    path: str
    summary: str
    roles: frozenset[Role]
    public: bool

    def cells(self) -> list[str]:
        return [YES if self._lets_in(role) else NO for role in COLUMNS]

    def _lets_in(self, role: Role | None) -> bool:
        if self.public:
            return True
        return role is not None and (not self.roles or role in self.roles)


def permissions_of(service: str) -> list[Permission]:
    """Every route that acts or shows something, by path."""
    own: tuple[APIRouter, ...] = import_module(f"triskel.{service}.routers").ROUTERS
    chassis = (me.router, ops_router(Consumers(service), "", Telemetry(service)))
    found = [each for router in (*own, *chassis) for each in _permissions(service, router.routes)]
    return sorted(found, key=lambda each: (each.path, each.method))


def _permissions(service: str, routes: list[Any]) -> Iterator[Permission]:
    for route in routes:
        assert isinstance(route, APIRoute)
        declared = [access.roles for access in accesses_of(route.dependant) if access.roles]
        # each declaration is asked: who may call is in all of them
        roles = frozenset.intersection(*map(frozenset, declared)) if declared else frozenset()
        for method in sorted((route.methods or set()) - {"HEAD"}):
            yield Permission(
                service,
                method,
                route.path_format,
                route.summary or "",
                roles,
                is_public(route.dependant),
            )


def authorisation_page(actions: Mapping[str, Mapping[str, Action[Any, Any, ...]]]) -> list[str]:
    """The lines of the page. `actions` are each service's, by what they are summed up as."""
    lines = _OPENING.splitlines()
    for service in SERVICES:
        names = " | ".join("nobody" if role is None else role for role in COLUMNS)
        lines += ["", f"## {service.capitalize()}", "", f"| route | {names} | and, by the thing |"]
        lines.append("|---" * (len(COLUMNS) + 2) + "|")
        for each in permissions_of(service):
            cells = [f"`{each.method} {each.path}`", *each.cells()]
            lines.append(
                f"| {' | '.join(cells)} | {_by_thing(actions[service].get(each.summary))} |"
            )
    return lines


def _by_thing(action: Action[Any, Any, ...] | None) -> str:
    """Whom the action's own rules let do it, and when."""
    if action is None:
        return ""
    who = [f"[`{rule.code()}`](problems.md#{rule.code()})" for rule in refusals_of(action, "who")]
    states = [f"`{state}`" for state in sorted(action.sources)]
    parts = ["403 " + ", ".join(who)] if who else []
    parts += ["from " + ", ".join(states)] if states else []
    return " · ".join(parts)
