"""Runs a service from its spec: one application, started, kept up and drained."""

import asyncio
import gc
from collections.abc import AsyncIterator, Callable, Sequence
from contextlib import asynccontextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Generic

from fastapi import APIRouter, FastAPI, Response
from fastapi.responses import HTMLResponse, JSONResponse, PlainTextResponse
from fastapi_offline import FastAPIOffline
from prometheus_client import CollectorRegistry
from prometheus_client.exposition import CONTENT_TYPE_LATEST, generate_latest

from triskel.chassis import asyncapi, memberships, telemetry
from triskel.chassis.auth import (
    Authenticator,
    FetchKeys,
    Memberships,
    fetch_keys,
    public,
    undeclared_routes,
)
from triskel.chassis.clock import Clock, FileClock, SystemClock
from triskel.chassis.consumer import Consumers, DeadLetterLimit, KafkaConsumers
from triskel.chassis.cursors import Cursors
from triskel.chassis.database import Database
from triskel.chassis.health import Check, Health, Readiness
from triskel.chassis.http import install_documentation, install_problems, me
from triskel.chassis.http.middleware import RequestMiddleware
from triskel.chassis.http.server import WatchPortMiddleware, serve
from triskel.chassis.ops import ops_router
from triskel.chassis.outbox import Outbox
from triskel.chassis.pages import POLICY
from triskel.chassis.relay import Relay
from triskel.chassis.retention import Expiring, retention_worker
from triskel.chassis.settings import Settings, load
from triskel.chassis.workers import CHASSIS_WORKERS, Leadership, Worker, work

COLLECT_AFTER_OBJECTS = 50_000


@dataclass(frozen=True)
class Wiring:
    """What of a service is made from its settings. `consumers` is called with the outbox and the
    clock, which the chassis makes; `gauges` registers its own Prometheus series. `retention`: what
    is kept no longer than its region says, in the order in which it goes."""

    consumers: Callable[[Outbox, Clock], Consumers]
    workers: Sequence[Worker] = ()
    retention: Sequence[Expiring] = ()
    gauges: Callable[[CollectorRegistry], None] | None = None


@dataclass(frozen=True)
class ServiceSpec(Generic[Settings]):
    """All that makes one service, for `create_app` and `run`. `membership_tables` say who may act:
    in the registry alone those of other regions stand apart."""

    name: str
    description: str
    settings: type[Settings]
    migrations: Path
    routers: Sequence[APIRouter]
    wire: Callable[[Settings], Wiring]
    membership_tables: Sequence[str] = (memberships.TABLE,)


def create_app(
    spec: ServiceSpec[Settings],
    settings: Settings | None = None,
    *,
    clock: Clock | None = None,
    connect: bool = True,
    fetch: FetchKeys = fetch_keys,
) -> FastAPI:
    """The application of a service, with the settings of the environment where none are given.

    With `connect` false neither relay nor consumers nor workers are started: the HTTP side alone,
    on the real database (tests). Raises `ValueError` for a route that does not say who may call
    it; exits with code 78 for a wrong setting.
    """
    settings = settings or load(spec.settings, spec.name)
    wiring = spec.wire(settings)
    clock = clock or (FileClock(settings.clock_file) if settings.clock_file else SystemClock())
    database = Database(settings.database_url)
    outbox = Outbox(spec.name, clock)
    series = telemetry.Telemetry(spec.name)
    consumers = wiring.consumers(outbox, clock)
    kafka_consumers = KafkaConsumers(
        consumers,
        database,
        outbox,
        settings.kafka_bootstrap,
        settings.replica,
        series,
        DeadLetterLimit(settings.max_consecutive_dead_letters, settings.max_dead_letters_share),
    )
    constant_checks = {}
    if settings.clock_file:
        constant_checks["clock"] = Check(ok=True, detail=f"simulated, from {settings.clock_file}")
    health = Health(
        spec.name,
        database,
        settings.kafka_bootstrap,
        spec.migrations,
        series,
        kafka_consumers if consumers.topics else None,
        consumers,
        constant_checks,
    )
    workers = [*wiring.workers]
    if wiring.retention:
        workers.append(retention_worker(wiring.retention, series))
    if wiring.gauges:
        wiring.gauges(series.registry)

    @asynccontextmanager
    async def lifespan(app: FastAPI) -> AsyncIterator[None]:
        tasks: list[asyncio.Task[None]] = []
        leadership = Leadership(database)
        if settings.clock_file:
            telemetry.log.warning("the clock is simulated", file=str(settings.clock_file))
        if connect:
            relay = Relay(database, settings.kafka_bootstrap, series, outbox.wake)
            jobs = [health.run(), relay.run()]
            if consumers.topics:
                jobs.append(kafka_consumers.run())
            jobs += [
                work(worker, database, outbox, clock, leadership)
                for worker in (*workers, *CHASSIS_WORKERS)
            ]
            tasks = [asyncio.create_task(job) for job in jobs]
        yield
        health.draining = True
        for task in tasks:
            task.cancel()
        await asyncio.gather(*tasks, return_exceptions=True)
        await leadership.close()
        await health.close()
        await database.close()

    app: FastAPI = FastAPIOffline(
        title=f"Triskel {spec.name}",
        version="1",
        description=spec.description,
        lifespan=lifespan,
        redoc_url=None,
        # the spans are ours (`http.middleware`): FastAPI's would be twice as many, and hold paths,
        # in which a secret may be
        telemetry={"tracing": False, "metrics": False, "logs": False},
        license_info={"name": "Apache-2.0", "identifier": "Apache-2.0"},
    )
    app.state.service = spec.name
    app.state.database = database
    app.state.outbox = outbox
    app.state.clock = clock
    app.state.settings = settings
    app.state.telemetry = series
    app.state.health = health
    app.state.consumers = consumers
    app.state.kafka_consumers = kafka_consumers
    app.state.workers = {worker.name: worker for worker in workers}
    app.state.cursors = Cursors(settings.cursor_secrets)
    app.state.memberships = Memberships(
        database, settings.membership_seconds, spec.membership_tables
    )
    app.state.authenticator = Authenticator(settings.issuers, settings.audience, fetch)
    ours = (
        me.router,
        ops_router(consumers, settings.kafka_bootstrap, series),
        _monitoring_router(spec.name, health, series.registry),
    )
    for router in (*spec.routers, *ours):
        # not `include_router`, which builds each route a second time (0.3 s of every start) and
        # hides it from who walks `app.routes`
        app.router.routes.extend(router.routes)
    if undeclared := undeclared_routes(app):
        raise ValueError(f"nothing says who may call {', '.join(undeclared)}: see auth.allow")
    install_problems(app)
    install_documentation(app, spec.name)
    if settings.watch_port:
        app.add_middleware(WatchPortMiddleware, watch_port=settings.watch_port)
    app.add_middleware(RequestMiddleware, telemetry_=series)
    return app


def _monitoring_router(name: str, health: Health, registry: CollectorRegistry) -> APIRouter:
    """What monitoring asks for, without a token: probes, Prometheus, pages of the contracts."""
    router = APIRouter(tags=["watch"], dependencies=[public()])

    @router.get("/livez", summary="The process runs")
    async def livez() -> PlainTextResponse:
        return PlainTextResponse("alive")

    @router.get("/readyz", summary="It can do its work", response_model=Readiness)
    async def readyz() -> JSONResponse:
        readiness = health.readiness
        return JSONResponse(readiness.model_dump(), 200 if readiness.ready else 503)

    @router.get("/metrics", summary="Prometheus series")
    async def metrics() -> Response:
        return Response(generate_latest(registry), media_type=CONTENT_TYPE_LATEST)

    @router.get("/asyncapi", summary="The events that it publishes and consumes, as a page")
    async def asyncapi_page() -> HTMLResponse:
        policy = {"Content-Security-Policy": POLICY}
        return HTMLResponse(asyncapi.page(name), headers=policy)

    @router.get("/asyncapi.yaml", summary="AsyncAPI document of all services")
    async def asyncapi_yaml() -> Response:
        return Response(asyncapi.document(), media_type="application/yaml")

    return router


def tune_gc() -> None:
    """Let Python's cyclic garbage collector run less often: by default it walks all objects after
    700 new ones, and a batch of events makes some 50,000 that live until it is written. Measured,
    that was half of a consumer's CPU time."""
    gc.collect()
    gc.freeze()
    gc.set_threshold(COLLECT_AFTER_OBJECTS, 20, 50)
    gc.enable()


def run(spec: ServiceSpec[Settings], settings: Settings) -> None:
    """Run a service until SIGTERM or SIGINT; then finish the requests in flight and stop."""
    telemetry.configure_logs(settings.log_level, settings.log_format)
    provider = telemetry.configure_traces(spec.name, settings.otlp_endpoint)
    app = create_app(spec, settings)
    tune_gc()
    serve(app, settings)
    provider.shutdown()
