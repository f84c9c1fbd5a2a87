"""What a request hears when the connections to the database are gone."""

from typing import Any
from uuid import uuid4

import pytest
from sqlalchemy import text

from triskel.chassis.database import Database
from triskel.contracts.codes import Role


async def test_after_the_server_closed_all_connections_one_request_is_lost_and_no_more(
    service: Any,
) -> None:
    """As when PostgreSQL restarts: what the pool holds is closed without its knowledge."""
    database: Database = service.app.state.database

    async def make() -> int:
        answer = await service.client.post(
            "/v1/things", json={"id": str(uuid4())}, headers=service.tokens.bearer(Role.TEACHER)
        )
        return int(answer.status_code)

    async with database.transaction() as one, database.transaction() as other:
        for session in (one, other):
            await session.execute(text("select 1"))
    connection = await database.raw()
    await connection.execute(
        "select pg_terminate_backend(pid, 600000) from pg_stat_activity "
        "where datname = current_database() and pid <> pg_backend_pid()"
    )
    await connection.close()
    assert [await make() for _ in range(3)] == [503, 201, 201]


# `ErrorResponse` (PostgreSQL 18, 54.7) of a server that ends a connection
ENDING = b"SFATAL\0VFATAL\0C57P01\0Mterminating connection due to administrator command\0\0"


@pytest.mark.parametrize("method", ["POST", "GET"])
async def test_a_connection_whose_end_was_said_and_has_not_come_is_an_outage_once(
    service: Any, method: str
) -> None:
    """Between the server's last message and the end of its connection the driver can do nothing
    with it, and says so by an error of its own."""
    database: Database = service.app.state.database

    async def ask() -> int:
        answer = await service.client.request(
            method,
            "/v1/things",
            json={"id": str(uuid4())} if method == "POST" else None,
            headers=service.tokens.bearer(Role.TEACHER),
        )
        return int(answer.status_code)

    assert await ask() < 300
    async with database.engine.connect() as connection:
        raw = await connection.get_raw_connection()
        driver: Any = raw.driver_connection
    driver._protocol.data_received(b"E" + (len(ENDING) + 4).to_bytes(4, "big") + ENDING)
    assert not driver.is_closed()
    assert await ask() == 503
    assert await ask() < 300
