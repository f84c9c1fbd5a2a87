"""How often a service waits for PostgreSQL, counted where its driver cannot hide anything."""

import asyncio
from collections.abc import AsyncIterator, Awaitable, Callable
from contextlib import asynccontextmanager
from urllib.parse import urlsplit

_SSL_REQUEST = (8).to_bytes(4, "big") + (80877103).to_bytes(4, "big")
_READY_FOR_QUERY = b"Z"


class RoundTrips:
    """A proxy before PostgreSQL. Each time that the server is done and waits for its client it says
    `ReadyForQuery` (PostgreSQL 18, 54.2), whether it was a `begin`, a statement, the preparation of
    one, several in one message, or a `commit`; so many are counted."""

    def __init__(self, server_url: str) -> None:
        self.count = 0
        self.port: int | None = None
        self._server = urlsplit(server_url)

    def through(self, url: str) -> str:
        """A database's URL that leads through the proxy."""
        return url.replace(f":{self._server.port}/", f":{self.port}/", 1)

    async def of(self, act: Callable[[], Awaitable[object]]) -> int:
        """How many it takes, its statements being prepared: it is done twice before."""
        for _ in range(2):
            await act()
        before = self.count
        await act()
        return self.count - before

    async def relay(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        first = await reader.readexactly(len(_SSL_REQUEST))
        if first == _SSL_REQUEST:
            writer.write(b"N")
            first = b""
        answers, asks = await asyncio.open_connection(self._server.hostname, self._server.port)
        asks.write(first)
        try:
            await asyncio.gather(self._forward(reader, asks), self._count(answers, writer))
        finally:
            asks.close()
            writer.close()

    async def _forward(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        while data := await reader.read(65536):
            writer.write(data)
        writer.close()

    async def _count(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        try:
            while True:
                head = await reader.readexactly(5)
                body = await reader.readexactly(int.from_bytes(head[1:], "big") - 4)
                # before the client can go on
                self.count += head[:1] == _READY_FOR_QUERY
                writer.write(head + body)
        except asyncio.IncompleteReadError:
            writer.close()


@asynccontextmanager
async def counting_round_trips(server_url: str) -> AsyncIterator[RoundTrips]:
    """Of everything that connects to this server `through` what it gives."""
    trips = RoundTrips(server_url)
    tasks: set[asyncio.Task[None]] = set()

    def connected(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        tasks.add(asyncio.create_task(trips.relay(reader, writer)))

    server = await asyncio.start_server(connected, "127.0.0.1", 0)
    trips.port = server.sockets[0].getsockname()[1]
    try:
        yield trips
    finally:
        server.close()
        for task in tasks:
            task.cancel()
        await asyncio.gather(*tasks, return_exceptions=True)
