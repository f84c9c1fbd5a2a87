"""The libraries of each service alone: `python -m benchmarks.processes.libraries PORT`.

It serves one route, as soon as these are imported.
"""

import sys

import aiokafka  # noqa: F401
import asyncpg  # noqa: F401
import faststream.kafka  # noqa: F401
import httpx  # noqa: F401
import jwt  # noqa: F401
import prometheus_client  # noqa: F401
import sqlalchemy.ext.asyncio  # noqa: F401
import sqlmodel  # noqa: F401
import uvicorn
from fastapi import FastAPI

app = FastAPI()


@app.get("/readyz")
def ready() -> dict[str, bool]:
    return {"ready": True}


uvicorn.run(app, port=int(sys.argv[1]), log_config=None, access_log=False)
