"""A network that fails: a TCP proxy in a thread of its own, which cuts, delays and swallows."""

import asyncio
import contextlib
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from typing import Self

CHUNK = 65_536


class Proxy:
    """Passes connections on to a port of the loopback address. Its methods may be called from any
    thread, and `heal` ends whatever they began."""

    def __init__(self, target: int) -> None:
        self.port = 0
        self._target = target
        self._loop = asyncio.new_event_loop()
        self._writers: set[asyncio.StreamWriter] = set()
        self._open = True
        self._delay = 0.0
        self._swallows = False

    def cut(self) -> None:
        """Every connection is reset, and no new one is let in."""
        self._set(open_=False)
        self._loop.call_soon_threadsafe(self._reset)

    def delay(self, seconds: float) -> None:
        """Whatever is sent arrives later, in both directions."""
        self._set(delay=seconds)

    def swallow(self) -> None:
        """Half-closed: what clients say goes through, what is answered never arrives."""
        self._set(swallows=True)

    def heal(self) -> None:
        """A network as it should be. Connections that lost something are reset, as a timeout of
        the system would in the end: their streams have a gap."""
        swallowed = self._swallows
        self._set()
        if swallowed:
            self._loop.call_soon_threadsafe(self._reset)

    def _set(self, open_: bool = True, delay: float = 0.0, swallows: bool = False) -> None:
        self._open, self._delay, self._swallows = open_, delay, swallows

    def _reset(self) -> None:
        for writer in list(self._writers):
            with contextlib.suppress(Exception):
                writer.transport.abort()

    async def serve(self, started: threading.Event) -> None:
        server = await asyncio.start_server(self._connection, "127.0.0.1", self.port)
        self.port = server.sockets[0].getsockname()[1]
        started.set()
        with contextlib.suppress(asyncio.CancelledError):
            await server.serve_forever()
        self._reset()

    async def _connection(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        if not self._open:
            writer.transport.abort()
            return
        try:
            answers, asks = await asyncio.open_connection("127.0.0.1", self._target)
        except OSError:
            writer.transport.abort()
            return
        pair = {writer, asks}
        self._writers |= pair
        try:
            await asyncio.gather(
                self._pass_on(reader, asks, answering=False),
                self._pass_on(answers, writer, answering=True),
            )
        except OSError:
            pass  # one end went: the other goes, too
        finally:
            self._writers -= pair
            for each in pair:
                each.transport.abort()

    async def _pass_on(
        self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter, *, answering: bool
    ) -> None:
        while data := await reader.read(CHUNK):
            if self._delay:
                await asyncio.sleep(self._delay)
            if answering and self._swallows:
                continue
            writer.write(data)
            await writer.drain()
        raise ConnectionResetError

    @classmethod
    @contextmanager
    def before(cls, target: int, port: int = 0) -> Iterator[Self]:
        """A proxy that listens, on `port` if it is given, and passes on to `target`."""
        proxy = cls(target)
        proxy.port = port
        started = threading.Event()
        serving: list[asyncio.Task[None]] = []

        def run() -> None:
            asyncio.set_event_loop(proxy._loop)
            serving.append(proxy._loop.create_task(proxy.serve(started)))
            proxy._loop.run_until_complete(serving[0])
            # the connections that were reset end by themselves
            rest = asyncio.all_tasks(proxy._loop)
            proxy._loop.run_until_complete(asyncio.gather(*rest, return_exceptions=True))
            proxy._loop.close()

        thread = threading.Thread(target=run, name="proxy", daemon=True)
        thread.start()
        started.wait(10)
        try:
            yield proxy
        finally:
            proxy._loop.call_soon_threadsafe(serving[0].cancel)
            thread.join(10)
