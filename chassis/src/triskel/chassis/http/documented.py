"""Adds to FastAPI's OpenAPI document what problems are and the token of each route."""

from typing import Any

from fastapi import FastAPI

from triskel.chassis.auth import ORGANISATION_HEADER, public_routes
from triskel.chassis.http.problems import problem_schemas
from triskel.contracts.refusals import rules_of

_BEARER = {"type": "http", "scheme": "bearer", "bearerFormat": "JWT"}

_ORGANISATION = {
    "name": ORGANISATION_HEADER,
    "in": "header",
    "required": False,
    "schema": {"type": "string", "format": "uuid"},
    "description": "for which organisation you act: needed by who belongs to several, and by who "
    "has a role in the region, too (`GET /v1/me` lists them)",
}


def install_documentation(app: FastAPI, service: str) -> None:
    """Amend the application's OpenAPI document, once, when it is first asked for."""
    plain = app.openapi

    def amended() -> dict[str, Any]:
        if app.openapi_schema is None:
            document = plain()
            open_to_all = public_routes(app)
            components = document.setdefault("components", {})
            components["securitySchemes"] = {"bearer": _BEARER}
            components["schemas"] = problem_schemas() | components.get("schemas", {})
            for path, methods in document["paths"].items():
                for method, operation in methods.items():
                    needs_none = (path, method.upper()) in open_to_all
                    operation["security"] = [] if needs_none else [{"bearer": []}]
                    if not needs_none:
                        operation.setdefault("parameters", []).append(_ORGANISATION)
            _name_the_rules(document, service)
            app.openapi_schema = document
        return app.openapi_schema

    app.openapi = amended  # type: ignore[method-assign]  # FastAPI's own way to amend it


def _name_the_rules(document: dict[str, Any], service: str) -> None:
    """Which `type` a problem of this service may have. Broken constraints of the database have
    codes of their own, so the list may be longer one day (`x-extensible-enum`)."""
    problem = document["components"]["schemas"]["Problem"]
    packages = ("triskel.contracts.", "triskel.chassis.", f"triskel.{service}.")
    codes = {rule.code() for package in packages for rule in rules_of(package)}
    known = [f"urn:triskel:problem:{code}" for code in sorted(codes)]
    problem["properties"]["type"]["x-extensible-enum"] = known
