"""Who may call: each route that is served declares it, and one that does not is never served."""

from typing import Annotated, Any

import pytest
from fastapi import APIRouter, Depends, FastAPI
from starlette.responses import PlainTextResponse
from starlette.routing import Mount, Route

from triskel.chassis.auth import allow, public, public_routes, served_routes, undeclared_routes
from triskel.chassis.clock import FixedClock
from triskel.chassis.consumer import Consumers
from triskel.chassis.http import Router
from triskel.chassis.service import ServiceSpec, Wiring, create_app
from triskel.chassis.settings import ServiceSettings
from triskel.chassis.testing import Tokens, settings_for
from triskel.contracts.codes import Role


async def nothing() -> None:
    return None


def served(*routers: APIRouter) -> FastAPI:
    app = FastAPI(docs_url=None, redoc_url=None, openapi_url=None)
    for router in routers:
        app.include_router(router)
    return app


def router_with(path: str, **options: Any) -> Router:
    router = Router(prefix="/v1")
    router.get(path, **options)(nothing)
    return router


def test_a_route_of_an_included_router_that_declares_nothing_is_found() -> None:
    inner, outer = router_with("/forgotten"), Router(prefix="/deep")
    outer.include_router(inner)
    outer.get("/said", dependencies=[public()])(nothing)
    app = served(outer)
    assert len(served_routes(app)) == 2
    assert undeclared_routes(app) == ["GET /deep/v1/forgotten"]
    assert public_routes(app) == {("/deep/said", "GET")}


def test_a_declaration_counts_wherever_it_stands() -> None:
    async def member(caller: Annotated[Any, allow(Role.HEAD)]) -> None:
        return None

    app = served(
        router_with("/deeper", dependencies=[Depends(member)]),
        Router(prefix="/whole", dependencies=[allow()]),
    )
    inner = router_with("/by-inclusion")
    app.include_router(inner, dependencies=[allow()])
    assert undeclared_routes(app) == []
    assert public_routes(app) == set()


def test_what_asks_anybody_is_not_public_whatever_else_it_declares() -> None:
    app = served(router_with("/both", dependencies=[public(), allow()]))
    assert public_routes(app) == set()
    assert undeclared_routes(app) == []


def test_what_is_served_beside_routes_of_ours_is_found_too() -> None:
    app = served()
    app.router.routes += [
        Route("/plain", PlainTextResponse("x")),
        Mount("/below", PlainTextResponse("x")),
        Route("/docs-and-more", PlainTextResponse("x")),
    ]
    assert undeclared_routes(app) == [
        "* /below/{path}",
        "* /docs-and-more",
        "* /plain",
    ]


def test_a_service_with_a_route_that_declares_nothing_does_not_start(
    tokens: Tokens, clock: FixedClock
) -> None:
    def build(*routers: APIRouter) -> FastAPI:
        spec = ServiceSpec(
            name="metrics",
            description="An example.",
            settings=ServiceSettings,
            migrations=__file__,  # type: ignore[arg-type]
            routers=routers,
            wire=lambda settings: Wiring(lambda outbox, clock: Consumers("metrics")),
        )
        settings = settings_for(ServiceSettings, "postgresql://nobody/none", tokens)
        return create_app(spec, settings, clock=clock, connect=False, fetch=tokens.fetch)

    with pytest.raises(ValueError, match="nothing says who may call GET /v1/forgotten"):
        build(router_with("/forgotten"))
    app = build(
        router_with("/said", dependencies=[public()]),
        router_with("/asked/{n}", dependencies=[allow()]),
    )
    paths = app.openapi()["paths"]
    assert paths["/v1/said"]["get"]["security"] == []
    assert paths["/livez"]["get"]["security"] == []
    assert paths["/v1/asked/{n}"]["get"]["security"] == [{"bearer": []}]
