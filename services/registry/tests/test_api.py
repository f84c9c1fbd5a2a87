"""The registry over HTTP, on its real migrated database."""

from importlib.resources import files
from typing import Any

from triskel.chassis.auth import undeclared_routes
from triskel.chassis.service import create_app
from triskel.chassis.testing import ApiClient, Tokens, outbox_events, settings_for
from triskel.contracts.codes import Role
from triskel.registry.main import SPEC
from triskel.registry.settings import Settings

SCHOOLS = 887  # 890 lines
DIRECTORY = files("triskel.cli") / "data" / "fr-annuaire-education-ille-et-vilaine-2023.csv"


def test_every_route_declares_who_may_call_it(tokens: Tokens) -> None:
    settings = settings_for(Settings, "postgresql://nobody@127.0.0.1:9/none", tokens)
    assert undeclared_routes(create_app(SPEC, settings, connect=False)) == []


async def test_the_official_directory_is_imported_whole_and_once(
    client: ApiClient, tokens: Tokens, imported: Any
) -> None:
    dry = await imported(DIRECTORY.read_bytes(), dry_run=True)
    # three establishments stand on two lines each
    assert (dry["rows"], dry["created"], dry["unchanged"], dry["refused"]) == (996, 993, 3, 0)
    first = await imported(DIRECTORY.read_bytes())
    assert first["created"] == 993
    again = await imported(DIRECTORY.read_bytes())
    assert (again["created"], again["changed"], again["unchanged"]) == (0, 0, 996)
    events = await outbox_events(client.app.state.database)  # type: ignore[attr-defined]
    assert len(events) == 993
    schools = [e.aggregate for e in events if e.aggregate.kind == "school"]  # type: ignore[attr-defined]
    assert len(schools) == SCHOOLS
    everyone = tokens.bearer(Role.TEACHER)
    found = await client.get("/v1/organisations", params={"q": "emile zola"}, headers=everyone)
    codes = {i["value"] for item in found.json()["items"] for i in item["identifiers"]}
    assert "0350024L" in codes
