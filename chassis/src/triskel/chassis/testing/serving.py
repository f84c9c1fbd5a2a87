"""A service on real sockets, in the event loop of the test."""

import asyncio
import socket
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager

from fastapi import FastAPI

from triskel.chassis.http.server import server_of
from triskel.chassis.settings import ServiceSettings


@asynccontextmanager
async def on_a_socket(app: FastAPI, settings: ServiceSettings) -> AsyncIterator[int]:
    """The port at which the service's own server answers, with its lifespan."""
    server = server_of(app, settings)
    listener = socket.create_server(("127.0.0.1", 0))
    server.config.load()
    server.lifespan = server.config.lifespan_class(server.config)
    await server.startup([listener])
    turning = asyncio.create_task(server.main_loop())
    try:
        yield listener.getsockname()[1]
    finally:
        server.should_exit = True
        await turning
        await server.shutdown([listener])
