"""A POST that is repeated under its key is done once, and gets the same answer again."""

import hashlib
import json
from collections.abc import Callable, Coroutine
from typing import Any

from fastapi import Request, Response
from sqlalchemy import text
from sqlalchemy.ext.asyncio import AsyncSession

from triskel.chassis.auth import Caller
from triskel.chassis.database import Database
from triskel.chassis.writes import Statement, write_last
from triskel.contracts.refusals import Invalid, Malformed

IDEMPOTENCY_HEADER = "Idempotency-Key"
LONGEST_KEY = 255
_CLAIMED = "INSERT 0 1"
_KEPT_HEADERS = ("etag", "location", "content-type", "link")

# Of two equal requests at once the second waits here, for the first one's transaction to end. Its
# values come as hexadecimal digits, since it has no parameters.
_CLAIM = """
    insert into idempotency_keys (caller, key, fingerprint, status, headers, body)
    values ('{caller}', convert_from('\\x{key}', 'UTF8'), '{fingerprint}', 0, '{{}}', '')
    on conflict do nothing
"""
_FIND = text(
    "select fingerprint, status, headers, body from idempotency_keys "
    "where caller = :caller and key = :key"
)
_KEEP = """
    update idempotency_keys set status = $1, headers = $2, body = $3 where caller = $4 and key = $5
"""


class IdempotencyKeyMissing(Malformed):
    """A POST names a key of the caller's own, so that it can be repeated."""

    en = (
        "Send Idempotency-Key with a key of your own (a UUID, say), so that you can repeat the "
        "request without doing it twice."
    )
    fr = (
        "Envoyez Idempotency-Key avec une clé de votre choix (un UUID par exemple), pour pouvoir "
        "répéter la requête sans la faire deux fois."
    )


class IdempotencyKeyMalformed(Malformed):
    """A key is short and printable."""

    en = "Idempotency-Key must be printable and at most {longest} characters long."
    fr = "Idempotency-Key doit être imprimable et avoir au plus {longest} caractères."


class IdempotencyKeyReused(Invalid):
    """A key belongs to one request."""

    en = "This Idempotency-Key was used for another request. Take a new one."
    fr = "Cette Idempotency-Key a servi à une autre requête. Prenez-en une nouvelle."


def key_of(request: Request, *, required: bool) -> str | None:
    """Raises `Malformed` for a key that is missing or cannot be one."""
    key = request.headers.get(IDEMPOTENCY_HEADER, "")
    if not key:
        if not required:
            return None
        raise IdempotencyKeyMissing
    if len(key) > LONGEST_KEY or not key.isprintable():
        raise IdempotencyKeyMalformed(longest=LONGEST_KEY)
    return key


def _scope(caller: Caller | None, fingerprint: str) -> str:
    """Whose key it is, without saying who: a subject may be somebody's address. It holds what the
    caller may do, so that who lost a role or an organisation is asked anew and gets no old answer.
    Among the many of a public route a key belongs to its very request, so a stranger's key never
    meets it."""
    if caller is None:
        return f"public|{fingerprint}"
    who = [
        caller.issuer,
        caller.subject,
        sorted(caller.roles),
        caller.region,
        str(caller.organisation),
        str(caller.contact),
        sorted(caller.scopes or ()),
    ]
    return hashlib.sha256(json.dumps(who).encode()).hexdigest()


async def once(
    request: Request,
    session: AsyncSession,
    caller: Caller | None,
    key: str,
    body: bytes,
    answer: Callable[[Request], Coroutine[Any, Any, Response]],
) -> Response:
    """The answer, or the one that was stored under the key in the transaction of its change. Who
    may call the route was asked before. `body` is the body or its digest."""
    asked = f"{request.method} {request.url.path}?{request.url.query}\n".encode()
    fingerprint = hashlib.sha256(asked + body).hexdigest()
    who = _scope(caller, fingerprint)
    claim = _CLAIM.format(caller=who, key=key.encode().hex(), fingerprint=fingerprint)
    database: Database = request.app.state.database
    if await database.begin_with(session, claim) != _CLAIMED:
        found = (await session.execute(_FIND, {"caller": who, "key": key})).one()
        if found.fingerprint != fingerprint:
            raise IdempotencyKeyReused
        headers = found.headers | {"Idempotency-Replayed": "true"}
        return Response(found.body, found.status, headers)
    response = await answer(request)
    headers = {name: response.headers[name] for name in _KEPT_HEADERS if name in response.headers}
    kept = getattr(request.state, "kept_answer", None) or bytes(response.body)
    values = (response.status_code, json.dumps(headers), kept, who, key)
    write_last(session, lambda: Statement(_KEEP, values, one_row=True))
    return response
