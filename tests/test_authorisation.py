"""Every cell of the page of authorisation, tried over HTTP: none is open by mistake."""

import re
from collections.abc import AsyncIterator
from importlib import import_module
from pathlib import Path
from typing import Any
from uuid import uuid4

import pytest
from fastapi import FastAPI

from triskel.chassis.auth import ORGANISATION_HEADER, allow, public, public_routes, served_routes
from triskel.chassis.client import ApiClient, rule_of
from triskel.chassis.http import Router
from triskel.chassis.service import create_app
from triskel.chassis.testing import Tokens, client_of, settings_for
from triskel.chassis.testing.fixtures import FreshDatabase
from triskel.cli.authorisation import COLUMNS, YES
from triskel.contracts.catalogue import SERVICES
from triskel.contracts.codes import Role
from triskel.contracts.people_codes import MEMBER_AS

PAGE = (Path(__file__).parents[1] / "docs/reference/authorisation.md").read_text(encoding="utf-8")
_LINE = re.compile(r"^\| `(?P<method>[A-Z]+) (?P<path>\S+)` \| (?P<cells>.*) \|[^|]*\|$")
KAFKA_IS_ASKED = ("/v1/ops/lag", "/v1/ops/bus", "/v1/ops/offsets")
SHUT = {(401, ""), (403, "role-not-allowed")}

Cells = dict[tuple[str, str], list[bool]]


def page_of(service: str) -> Cells:
    """What the page says: for each route, whether each column is let in."""
    section = PAGE.split(f"## {service.capitalize()}\n")[1].split("\n## ")[0]
    found = (_LINE.match(line) for line in section.splitlines())
    return {
        (match["method"], match["path"]): [cell == YES for cell in match["cells"].split(" | ")]
        for match in found
        if match
    }


class House:
    """A service on its database, and somebody in each role, a member where it is one's."""

    def __init__(self, client: ApiClient, app: FastAPI, tokens: Tokens) -> None:
        self.client, self.app, self.tokens = client, app, tokens
        self.organisation_id = uuid4()

    def somebody(self, role: Role | None) -> dict[str, str]:
        if role is None:
            return {}
        own = self.organisation_id if role in MEMBER_AS else None
        return self.tokens.bearer(role, organisation=own)

    async def ask(self, method: str, path: str, who: dict[str, str]) -> tuple[int, str]:
        """The status, and the rule that refused. Nothing is done: a POST brings no key, any other
        change sees no version."""
        url = re.sub(r"\{[^}]*\}", lambda _: str(uuid4()), path)
        headers = who | {"Idempotency-Key": ""}
        answer = await self.client.request(method, url, headers=headers, follow_redirects=False)
        return answer.status_code, rule_of(answer) if answer.status_code == 403 else ""

    async def wrong(self, page: Cells) -> list[str]:
        """The cells that are not as the page says, and the routes that it does not know."""
        known = {
            (method, str(route.path_format))
            for route in served_routes(self.app)
            for method in (route.methods or set()) - {"HEAD"}
            if str(route.path_format).startswith(("/v1/", "/confirm"))
        }
        found = [f"{method} {path} is not on the page" for method, path in known - page.keys()]
        for (method, path), cells in page.items():
            for role, open_ in zip(COLUMNS, cells, strict=True):
                if open_ and path.startswith(KAFKA_IS_ASKED):
                    continue
                answer = await self.ask(method, path, self.somebody(role))
                if (answer not in SHUT) is not open_:
                    found.append(f"{method} {path} as {role}: {answer}")
        return sorted(found)


@pytest.fixture(params=SERVICES)
async def house(
    request: pytest.FixtureRequest, fresh_database: FreshDatabase, tokens: Tokens
) -> AsyncIterator[House]:
    spec = import_module(f"triskel.{request.param}.main").SPEC
    more: dict[str, Any] = {
        "notifications": {"smtp_url": "smtp://localhost", "mail_from": "a@b.example"}
    }.get(request.param, {})
    settings = settings_for(spec.settings, await fresh_database(spec.migrations), tokens, **more)
    app = create_app(spec, settings, connect=False, fetch=tokens.fetch)
    async with client_of(app) as client:
        yield House(client, app, tokens)


async def test_every_cell_is_as_the_page_says_and_a_route_that_is_opened_is_found(
    house: House,
) -> None:
    page = page_of(house.app.state.service)
    assert len(page) > 5
    assert await house.wrong(page) == []

    # the control: one for operators is opened to all, one to another role, and one is new
    async def nothing() -> None:
        return None

    opened = Router(prefix="/v1/ops")
    opened.get("/dead-letters", dependencies=[public()])(nothing)
    opened.get("/outbox/parked", dependencies=[allow(Role.OPS, Role.TEACHER)])(nothing)
    opened.get("/new", dependencies=[allow(Role.OPS)])(nothing)
    house.app.router.routes[:0] = opened.routes
    found = await house.wrong({each: page[each] for each in page if "/ops/" in each[1]})
    assert "GET /v1/ops/dead-letters as None: (200, '')" in found
    assert "GET /v1/ops/outbox/parked as teacher: (200, '')" in found
    assert "GET /v1/ops/new is not on the page" in found


async def test_nobody_chooses_an_organisation_that_they_are_no_member_of(house: House) -> None:
    open_to_all = public_routes(house.app)
    for method, path in page_of(house.app.state.service):
        for role in (Role.HEAD, Role.COORDINATOR):
            elsewhere = house.tokens.bearer(role, subject="nobody-s")
            elsewhere |= {ORGANISATION_HEADER: str(uuid4())}
            answer = await house.ask(method, path, elsewhere)
            shut = answer == (403, "not-a-member")
            assert shut is ((path, method) not in open_to_all and path != "/v1/me"), (method, path)


async def test_a_token_of_another_region_is_none_at_any_route(house: House) -> None:
    foreign = house.tokens.bearer(Role.COORDINATOR, region="NL")
    open_to_all = public_routes(house.app)
    for method, path in page_of(house.app.state.service):
        shut = (await house.ask(method, path, foreign))[0] == 401
        assert shut is ((path, method) not in open_to_all), (method, path)
