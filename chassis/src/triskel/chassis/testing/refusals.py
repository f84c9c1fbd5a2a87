"""Whether every route that acts on a thing refuses in one order: 404, 403, 412, then the rule."""

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from typing import Any
from uuid import uuid4

import httpx
from fastapi import FastAPI

METHODS = ("post", "put", "patch", "delete")
STALE = '"9999"'


@dataclass(frozen=True)
class ActionRoute:
    """A route that acts on one thing; `body` is the example of its documentation."""

    method: str
    path: str
    body: Any
    has_parts: bool

    def url(self, subject_id: object) -> str:
        """With the id of the thing, and parts of it that are not there."""
        names = [part[1:-1] for part in self.path.split("/") if part.startswith("{")]
        values = [str(subject_id)]
        values += ["999" if name.endswith("_number") else str(uuid4()) for name in names[1:]]
        return self.path.format(**dict(zip(names, values, strict=True)))


def action_routes(app: FastAPI, parameter: str) -> Iterator[ActionRoute]:
    """Those whose path begins with a thing's id, as OpenAPI tells them: what changes it."""
    document = app.openapi()
    schemas = document["components"]["schemas"]
    for path, methods in document["paths"].items():
        names = [part[1:-1] for part in path.split("/") if part.startswith("{")]
        if names[:1] != [parameter]:
            continue
        for method in METHODS:
            if method in methods:
                body = _example(methods[method].get("requestBody"), schemas)
                yield ActionRoute(method, path, body, len(names) > 1)


def _example(described: Mapping[str, Any] | None, schemas: Mapping[str, Any]) -> Any:
    if described is None:
        return None
    schema = described["content"]["application/json"]["schema"]
    if "anyOf" in schema:
        return None
    return schemas[schema["$ref"].rpartition("/")[2]]["examples"][0]


async def order_of_refusals(
    client: httpx.AsyncClient,
    route: ActionRoute,
    subject_id: object,
    version: int,
    stranger: Mapping[str, str],
    able: Mapping[str, str],
) -> list[int]:
    """The statuses for an id that is not there, for a stranger, for a version that is not the
    newest, and for a state that does not allow it; the first two of a stranger who has seen an old
    version, too. `able` may do anything."""

    async def status(at: object, who: Mapping[str, str], seen: str) -> int:
        headers = {**who, "If-Match": seen}
        answer = await client.request(
            route.method.upper(), route.url(at), json=route.body, headers=headers
        )
        return answer.status_code

    return [
        await status(uuid4(), stranger, STALE),
        await status(subject_id, stranger, STALE),
        await status(subject_id, able, STALE),
        await status(subject_id, able, f'"{version}"'),
    ]
