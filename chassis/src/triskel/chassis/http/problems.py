"""RFC 9457 problems: each names the field, the value and the rule, and what to do next."""

import logging
import math
from collections.abc import Mapping
from http import HTTPStatus
from typing import Annotated, Any

from fastapi import FastAPI, Request
from fastapi.exceptions import RequestValidationError
from fastapi.responses import JSONResponse
from pydantic import BaseModel, BeforeValidator, Field
from sqlalchemy.exc import SQLAlchemyError
from starlette.exceptions import HTTPException
from starlette.requests import ClientDisconnect

from triskel.chassis import telemetry
from triskel.chassis.auth import Unauthenticated
from triskel.chassis.database import (
    DRIVER_ERRORS,
    ErrorKind,
    broken_constraint,
    kind_of_error,
    sqlstate,
)
from triskel.chassis.http.languages import language_of
from triskel.contracts.refusals import (
    Away,
    Conflict,
    Forbidden,
    IfMatchMissing,
    Invalid,
    Malformed,
    NotFound,
    Refusal,
    TooLarge,
    VersionStale,
)

MEDIA_TYPE = "application/problem+json"
UNSHOWN_FIELDS = {"name", "email", "token", "own_token", "secret"}
"""What is a person's, or opens something: no answer repeats it."""

SHOWN_CHARACTERS = 200
SHOWN_ERRORS = 20
LONGEST_TEXT = 1000
EXACT_BITS = 63
RETRY_AFTER_SECONDS = 5

_STATUS: dict[type[Refusal], int] = {
    Conflict: 409,
    Invalid: 422,
    Forbidden: 403,
    NotFound: 404,
    VersionStale: 412,
    IfMatchMissing: 428,
    Malformed: 400,
    TooLarge: 413,
    Away: 503,
}


def renderable(value: Any) -> Any:
    """A text as any answer can hold it: a half of an emoji (a lone surrogate) is written out, and
    what is very long is cut."""
    if not isinstance(value, str):
        return value
    whole = value.encode("utf-8", "backslashreplace").decode()
    return whole if len(whole) <= LONGEST_TEXT else f"{whole[:LONGEST_TEXT]}…"


Text = Annotated[str, BeforeValidator(renderable)]


class FieldError(BaseModel):
    field: Text | None = None
    value: Annotated[Any, BeforeValidator(renderable)] = None
    rule: Text
    detail: Text


class Problem(BaseModel):
    """`type` is `urn:triskel:problem:<rule>`; `errors` names field, value and rule."""

    type: Text
    title: str
    status: int
    detail: Text
    instance: Text
    correlation_id: str
    errors: list[FieldError] = []
    more_errors: int = Field(default=0, description="errors that are not shown")


_REFERENCE = {"$ref": "#/components/schemas/Problem"}

PROBLEMS: dict[int | str, dict[str, Any]] = {
    status: {
        "description": HTTPStatus(status).phrase,
        "content": {MEDIA_TYPE: {"schema": _REFERENCE}},
    }
    for status in (400, 401, 403, 404, 409, 412, 413, 422, 428, 503)
}
"""For `responses=` of a router: the problems that any route may answer. Referred to, since of a
`model` FastAPI builds a serialiser for each status of each route, which nobody uses (a tenth of
every start)."""


def problem_schemas() -> dict[str, Any]:
    """What the references of `PROBLEMS` mean, by name: for `components` of an OpenAPI document."""
    schema = Problem.model_json_schema(
        ref_template="#/components/schemas/{model}", mode="serialization"
    )
    return {**schema.pop("$defs"), "Problem": schema}


def shown(field: str | None, value: Any) -> Any:
    """A value as an answer may repeat it: short scalars, nothing of a person and no secret."""
    if field is not None and field.rsplit(".", 1)[-1] in UNSHOWN_FIELDS:
        return None
    if isinstance(value, str):
        return value[:SHOWN_CHARACTERS]
    if isinstance(value, float) and not math.isfinite(value):
        return str(value)
    if isinstance(value, int) and value.bit_length() > EXACT_BITS:
        return hex(value)[:SHOWN_CHARACTERS]
    return value if isinstance(value, (int, float, bool)) else None


def problem_response(
    request: Request,
    status: int,
    rule: str,
    detail: str,
    errors: list[FieldError] | None = None,
    headers: Mapping[str, str] | None = None,
    more_errors: int = 0,
) -> JSONResponse:
    problem = Problem(
        type=f"urn:triskel:problem:{rule}",
        title=HTTPStatus(status).phrase,
        status=status,
        detail=detail,
        instance=request.url.path,
        correlation_id=getattr(request.state, "correlation_id", ""),
        errors=errors or [],
        more_errors=more_errors,
    )
    return JSONResponse(
        problem.model_dump(mode="json"), status, headers=headers, media_type=MEDIA_TYPE
    )


def status_of(rule: type[Refusal]) -> int:
    """The status that a rule is answered with."""
    return next(status for kind, status in _STATUS.items() if issubclass(rule, kind))


def _refusal(request: Request, refusal: Refusal) -> JSONResponse:
    status = status_of(type(refusal))
    language = language_of(request)
    detail = refusal.said_in(language)
    headers = {"Content-Language": language}
    if isinstance(refusal, VersionStale) and refusal.version:
        headers["ETag"] = f'"{refusal.version}"'
    if status == HTTPStatus.SERVICE_UNAVAILABLE:
        headers["Retry-After"] = str(RETRY_AFTER_SECONDS)
    errors = []
    if isinstance(refusal, (Conflict, Invalid, Forbidden, NotFound)):
        errors = [
            FieldError(
                field=refusal.field,
                value=shown(refusal.field, refusal.value),
                rule=refusal.rule,
                detail=detail,
            )
        ]
    return problem_response(request, status, refusal.rule, detail, errors, headers)


def _validation(request: Request, invalid: RequestValidationError) -> JSONResponse:
    found = invalid.errors()
    errors = [_field_error(error) for error in found[:SHOWN_ERRORS]]
    more = len(found) - len(errors)
    first = errors[0]
    detail = f"{first.field}: {first.detail}"
    if more:
        detail += f" (and {more} errors more than the {SHOWN_ERRORS} that are shown)"
    return problem_response(request, 422, "request-invalid", detail, errors, more_errors=more)


def _field_error(error: dict[str, Any]) -> FieldError:
    where = [str(part) for part in error["loc"] if part != "body"]
    detail = error["msg"]
    if error["type"] == "json_invalid":
        # its place is a position in the body, and no field
        where, detail = [], f"{detail} at {error['loc'][-1]}: {error['ctx']['error']}"
    field = ".".join(where) or "body"
    return FieldError(
        field=field,
        value=shown(field, error.get("input")),
        rule=error["type"].replace("_", "-"),
        detail=detail,
    )


_RULES_BROKEN = {
    "23503": "It names something that is not there, or that something else still needs.",
    "23505": "There is one like it already: somebody else may have been quicker.",
}


def _database(request: Request, error: Exception) -> JSONResponse:
    """The answer to an error of the database, by its kind, for every route."""
    kind, state = kind_of_error(error), sqlstate(error)
    telemetry.log.log(
        logging.INFO if kind in (ErrorKind.INVALID_VALUE, ErrorKind.CONSTRAINT) else logging.ERROR,
        "database refused" if kind is not ErrorKind.UNAVAILABLE else "database failed",
        error=type(error).__name__,
        sqlstate=state or None,
        kind=kind,
    )
    if kind is ErrorKind.INVALID_VALUE:
        return problem_response(
            request,
            422,
            "value-not-storable",
            "A value cannot be stored or looked for: a character that no text may hold (U+0000, "
            "half an emoji), or a number or date that is out of range.",
        )
    if kind is ErrorKind.CONSTRAINT:
        detail = _RULES_BROKEN.get(state, "It breaks a rule of what is stored.")
        rule = broken_constraint(error) or "rule"
        return problem_response(request, 409, rule, detail, [FieldError(rule=rule, detail=detail)])
    if kind is ErrorKind.INTERNAL:
        return _unexpected(request, error)
    headers = {"Retry-After": str(RETRY_AFTER_SECONDS)}
    if kind is ErrorKind.CONFLICT:
        rule, detail = "busy", "Somebody changed the same thing at the same time. Send it again."
    else:
        rule, detail = "database-away", "The database does not answer now. Send it again soon."
    return problem_response(request, 503, rule, detail, headers=headers)


def _unexpected(request: Request, error: Exception) -> JSONResponse:
    telemetry.log.error("unexpected", error=type(error).__name__, exc_info=error)
    return problem_response(
        request, 500, "unexpected", "Something broke here. Give the correlation id to ops."
    )


def install_problems(app: FastAPI) -> None:
    """Make every error of the application an RFC 9457 answer, without internals."""

    @app.exception_handler(Refusal)
    async def refused(request: Request, error: Refusal) -> JSONResponse:
        return _refusal(request, error)

    @app.exception_handler(Unauthenticated)
    async def unauthenticated(request: Request, error: Unauthenticated) -> JSONResponse:
        challenge = f'Bearer error="invalid_token", error_description="{error}"'
        headers = {"WWW-Authenticate": challenge.encode("ascii", "replace").decode()}
        return problem_response(request, 401, "token-refused", str(error), headers=headers)

    @app.exception_handler(RequestValidationError)
    async def invalid(request: Request, error: RequestValidationError) -> JSONResponse:
        return _validation(request, error)

    @app.exception_handler(HTTPException)
    async def http(request: Request, error: HTTPException) -> JSONResponse:
        # FastAPI calls whatever is raised while it reads a body an error of the body
        if isinstance(error.__cause__, Refusal):
            return _refusal(request, error.__cause__)
        rule = HTTPStatus(error.status_code).phrase.lower().replace(" ", "-")
        return problem_response(
            request, error.status_code, rule, str(error.detail), headers=dict(error.headers or {})
        )

    async def database(request: Request, error: Exception) -> JSONResponse:
        return _database(request, error)

    for kind in (SQLAlchemyError, OSError, *DRIVER_ERRORS):
        app.add_exception_handler(kind, database)

    @app.exception_handler(ClientDisconnect)
    async def gone(request: Request, error: ClientDisconnect) -> JSONResponse:
        # nobody reads it; it stands in the measures
        return problem_response(request, 408, "request-unfinished", "The request did not end.")

    @app.exception_handler(Exception)
    async def unexpected(request: Request, error: Exception) -> JSONResponse:
        return _unexpected(request, error)
