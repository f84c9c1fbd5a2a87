"""What aiokafka's connections do otherwise in a process that imports this: whichever client of it,
consumer, producer or admin, has them.

1. *A connection that has ended.* asyncio ignores what is written to it, or raises an `OSError`;
   uvloop raises a `RuntimeError`, which aiokafka does not expect. The task by which a client learns
   where the brokers are ended of it, for ever and without a word, and its reader waited for news
   that nobody fetched. `send` raises what aiokafka does expect.
2. *A start that is cancelled* or fails in an unexpected way: its first connection, which no client
   has noted yet, was left open. `bootstrap` closes it.
"""

import asyncio
from typing import Any

from aiokafka import client
from aiokafka.conn import AIOKafkaConnection, CloseReason
from aiokafka.errors import KafkaConnectionError

_send, _bootstrap, _create_conn = (
    AIOKafkaConnection.send,
    client.AIOKafkaClient.bootstrap,
    client.create_conn,
)
_first_connections: dict[Any, list[AIOKafkaConnection]] = {}
"""What a task that starts a client has opened for it."""


def send(self: AIOKafkaConnection, *request: Any, **options: Any) -> Any:
    try:
        return _send(self, *request, **options)
    except RuntimeError as error:
        self.close(reason=CloseReason.CONNECTION_BROKEN)
        raise KafkaConnectionError(f"{self} has ended") from error


async def create_conn(*where: Any, **options: Any) -> AIOKafkaConnection:
    connection = await _create_conn(*where, **options)
    _first_connections.get(asyncio.current_task(), []).append(connection)
    return connection


async def bootstrap(self: client.AIOKafkaClient) -> None:
    opened = _first_connections[asyncio.current_task()] = []
    try:
        await _bootstrap(self)
    except BaseException:
        for connection in opened:
            connection.close()
        raise
    finally:
        del _first_connections[asyncio.current_task()]


AIOKafkaConnection.send = send
client.AIOKafkaClient.bootstrap = bootstrap
client.create_conn = create_conn
