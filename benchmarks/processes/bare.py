"""The SQL of a create and nothing else:
`TRISKEL_DATABASE_URL=… python -m benchmarks.processes.bare PORT TOKEN_FILE`.

No validation, no authorisation, no routing: what is left is the server, JSON and the database.
"""

import json
import os
import sys
from collections.abc import Awaitable, Callable, MutableMapping
from pathlib import Path
from typing import Any
from uuid import uuid4

import asyncpg
import uvicorn

from triskel.chassis.service import tune_gc

Message = MutableMapping[str, Any]
Pool = Any
_ORGANISATION = """
    insert into organisations (id, version, region, kind, status, open, names, search_name,
        legal_unit, levels, sector, address, latitude, longitude, nuts3, pupils,
        priority_education, public_sector, partnership_capacity, sites, updated_at, answer_rank)
    values ($1, 1, 'FRH0', $2, 'approved', true, $3::jsonb, $4, null, '{}', null, null, null, null,
        null, null, false, null, null, '[]', now(), 0)
"""
_STEP = """
    insert into organisation_steps (organisation_id, version, action, status, by, at)
    values ($1, 1, 'register', 'approved', 'coordinator', now())
"""
_CLAIM = """
    insert into idempotency_keys (caller, key, fingerprint, status, headers, body)
    values ('bare', $1, $1, 0, '{}', '') on conflict do nothing
"""
_KEEP = """
    update idempotency_keys set status = 201, headers = '{}', body = $2
    where caller = 'bare' and key = $1
"""


class App:
    """ASGI, as bare as it gets."""

    def __init__(self, url: str) -> None:
        self._url = url
        self._pool: Pool | None = None

    async def __call__(
        self,
        scope: Message,
        receive: Callable[[], Awaitable[Message]],
        send: Callable[[Message], Awaitable[None]],
    ) -> None:
        if scope["type"] != "http":
            return
        if self._pool is None:
            self._pool = await asyncpg.create_pool(self._url, min_size=8, max_size=8)
        given = json.loads((await receive())["body"])
        made = await self._create(self._pool, given)
        start = {"type": "http.response.start", "status": 201}
        await send(start | {"headers": [(b"content-length", str(len(made)).encode())]})
        await send({"type": "http.response.body", "body": made})

    async def _create(self, pool: Pool, given: dict[str, Any]) -> bytes:
        number = uuid4()
        key, names = str(number), json.dumps(given["names"])
        made = json.dumps({"id": key, "version": 1} | given).encode()
        headers = json.dumps({f"ce_{each}": key for each in range(11)})
        async with pool.acquire() as connection, connection.transaction():
            await connection.execute(_CLAIM, key)
            await connection.execute(_ORGANISATION, number, given["kind"], names, names)
            await connection.execute(_STEP, number)
            await connection.execute(
                "insert into outbox (topic, key, value, headers) values ($1, $2, $3, $4::jsonb)",
                *("registry.organisations", key, made, headers),
            )
            await connection.execute(_KEEP, key, made)
        return made


if __name__ == "__main__":
    Path(sys.argv[2]).write_text("nobody asks for it", encoding="utf-8")
    tune_gc()
    app = App(os.environ["TRISKEL_DATABASE_URL"])
    uvicorn.run(app, port=int(sys.argv[1]), log_config=None, lifespan="off")
