"""RFC 9457 problems: each names the field, the value and the rule, and what to do next."""

from http import HTTPStatus
from typing import Any

from fastapi import FastAPI, Request
from fastapi.exceptions import RequestValidationError
from fastapi.responses import JSONResponse
from pydantic import BaseModel
from sqlalchemy.exc import DBAPIError
from sqlalchemy.exc import TimeoutError as PoolTimeout
from starlette.exceptions import HTTPException

from triskel.chassis import telemetry
from triskel.chassis.auth import Unauthenticated
from triskel.contracts.refusals import Conflict, Forbidden, Invalid, NotFound, Refusal

MEDIA_TYPE = "application/problem+json"
PERSONAL_FIELDS = {"name", "email"}
SHOWN_CHARACTERS = 200
RETRY_AFTER_SECONDS = 5

_STATUS: dict[type[Refusal], int] = {Conflict: 409, Invalid: 422, Forbidden: 403, NotFound: 404}


class FieldError(BaseModel):
    field: str | None = None
    value: Any = None
    rule: str
    detail: str


class Problem(BaseModel):
    """`type` is `urn:triskel:problem:<rule>`; `errors` names field, value and rule."""

    type: str
    title: str
    status: int
    detail: str
    instance: str
    correlation_id: str
    errors: list[FieldError] = []


class HttpRefusal(Exception):
    """A refusal of HTTP itself, with a status and perhaps headers."""

    def __init__(
        self, status: int, rule: str, detail: str, headers: dict[str, str] | None = None
    ) -> None:
        super().__init__(detail)
        self.status, self.rule, self.detail = status, rule, detail
        self.headers = headers or {}


PROBLEMS: dict[int | str, dict[str, Any]] = {
    status: {"model": Problem, "description": HTTPStatus(status).phrase}
    for status in (400, 401, 403, 404, 409, 412, 413, 422, 428, 503)
}
"""For `responses=` of a router: the problems that any route may answer."""


def shown(field: str | None, value: Any) -> Any:
    """A value as an answer may repeat it: short scalars, and nothing of a person."""
    if field is not None and field.rsplit(".", 1)[-1] in PERSONAL_FIELDS:
        return None
    if isinstance(value, str):
        return value[:SHOWN_CHARACTERS]
    return value if isinstance(value, (int, float, bool)) else None


def problem_response(
    request: Request,
    status: int,
    rule: str,
    detail: str,
    errors: list[FieldError] | None = None,
    headers: dict[str, str] | None = None,
) -> JSONResponse:
    problem = Problem(
        type=f"urn:triskel:problem:{rule}",
        title=HTTPStatus(status).phrase,
        status=status,
        detail=detail,
        instance=request.url.path,
        correlation_id=getattr(request.state, "correlation_id", ""),
        errors=errors or [],
    )
    return JSONResponse(
        problem.model_dump(mode="json"), status, headers=headers, media_type=MEDIA_TYPE
    )


def _refusal(request: Request, refusal: Refusal) -> JSONResponse:
    status = next(code for kind, code in _STATUS.items() if isinstance(refusal, kind))
    error = FieldError(
        field=refusal.field,
        value=shown(refusal.field, refusal.value),
        rule=refusal.rule,
        detail=refusal.sentence,
    )
    return problem_response(request, status, refusal.rule, refusal.sentence, [error])


def _validation(request: Request, invalid: RequestValidationError) -> JSONResponse:
    errors = []
    for error in invalid.errors():
        where = [str(part) for part in error["loc"] if part not in ("body",)]
        field = ".".join(where) or "body"
        errors.append(
            FieldError(
                field=field,
                value=shown(field, error.get("input")),
                rule=error["type"].replace("_", "-"),
                detail=error["msg"],
            )
        )
    first = errors[0]
    detail = f"{first.field}: {first.detail}"
    return problem_response(request, 422, "request-invalid", detail, errors)


def _database(request: Request, error: Exception) -> JSONResponse:
    telemetry.log.error("database failed", why=type(error).__name__)
    state = getattr(getattr(error, "orig", None), "sqlstate", None)
    if state in ("40001", "40P01", "55P03"):
        rule, detail = "busy", "Somebody changed the same thing at the same time. Send it again."
    else:
        rule, detail = "database-away", "The database does not answer now. Send it again soon."
    return problem_response(
        request, 503, rule, detail, headers={"Retry-After": str(RETRY_AFTER_SECONDS)}
    )


def install_problems(app: FastAPI) -> None:
    """Make every error of the application an RFC 9457 answer, without internals."""

    @app.exception_handler(Refusal)
    async def refused(request: Request, error: Refusal) -> JSONResponse:
        return _refusal(request, error)

    @app.exception_handler(HttpRefusal)
    async def http_refused(request: Request, error: HttpRefusal) -> JSONResponse:
        return problem_response(
            request, error.status, error.rule, error.detail, headers=error.headers
        )

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
        rule = HTTPStatus(error.status_code).phrase.lower().replace(" ", "-")
        return problem_response(
            request, error.status_code, rule, str(error.detail), headers=dict(error.headers or {})
        )

    @app.exception_handler(DBAPIError)
    @app.exception_handler(PoolTimeout)
    @app.exception_handler(OSError)
    async def database(request: Request, error: Exception) -> JSONResponse:
        return _database(request, error)

    @app.exception_handler(Exception)
    async def unexpected(request: Request, error: Exception) -> JSONResponse:
        telemetry.log.error("unexpected", why=type(error).__name__, exc_info=error)
        return problem_response(
            request, 500, "unexpected", "Something broke here. Give the correlation id to ops."
        )
