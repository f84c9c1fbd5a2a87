"""What a migration of the bus's own tables keeps."""

import base64
import json
from uuid import uuid4

import asyncpg
from sqlalchemy import text

from triskel.chassis.consumer import dead_letters
from triskel.chassis.database import Database
from triskel.chassis.ddl import bus_tables_v1, bus_tables_v2

TOPIC = "registry.organisations"


async def test_dead_letters_of_before_keep_what_they_have(postgres_url: str) -> None:
    """Their headers were an object of base64 texts."""
    name = f"test_{uuid4().hex[:12]}"
    admin = await asyncpg.connect(postgres_url)
    await admin.execute(f"create database {name}")
    await admin.close()
    database = Database(postgres_url.rsplit("/", 1)[0] + f"/{name}")
    long = base64.b64encode(b"x" * 500).decode()
    async with database.transaction() as session:
        for statement in bus_tables_v1():
            await session.execute(text(statement))
        insert = (
            'insert into dead_letters (topic, origin_topic, partition, "offset", key, value, '
            "headers, reason, attempts) values (:topic, :topic, 0, :offset, :key, '{', "
            "cast(:headers as jsonb), 'why', 1)"
        )
        headers = {"ce_type": "dHJpc2tlbC54", "é" * 60: long}
        for offset, (key, kept) in enumerate((("clé", headers), (None, {}))):
            given = {"topic": TOPIC, "offset": offset, "key": key, "headers": json.dumps(kept)}
            await session.execute(text(insert), given)
        for statement in bus_tables_v2():
            await session.execute(text(statement))
        first, second = await dead_letters.list_waiting(session, 0, 10)
        assert (first.key, first.event_type) == ("clé", "triskel.x")
        assert (second.key, second.event_type) == (None, None)
        shown = await dead_letters.show(session, first.id)
        assert {h.name: h.value for h in shown.headers} == {
            "ce_type": "triskel.x",
            "é" * 60: "x" * 500,
        }
        assert await session.scalar(text("select raw_key from dead_letters where id = 1")) == (
            "clé".encode()
        )
    await database.close()
