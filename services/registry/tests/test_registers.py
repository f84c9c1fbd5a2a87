"""Registers that are imported again each night: when, what changed, and what may be read."""

import asyncio
from collections.abc import Awaitable, Callable
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any
from zoneinfo import ZoneInfo

import pytest
from hypothesis import given
from hypothesis import strategies as st

from triskel.chassis.testing import Tokens, outbox_events
from triskel.contracts.codes import Role
from triskel.contracts.refusals import Refusal
from triskel.registry.registers.gateways import Sources
from triskel.registry.registers.jobs import nightly
from triskel.registry.registers.rules import next_night

PARIS = ZoneInfo("Europe/Paris")
HEAD = "kind;name;scheme;identifier;country\n"
ZOLA, CHATEAUBRIAND = "school;Zola;uai;0350024L;FR\n", "school;Chateaubriand;uai;0350026N;FR\n"

Night = Callable[[], Awaitable[None]]


@pytest.fixture
def directory(tmp_path: Path) -> Path:
    (tmp_path / "registers").mkdir()
    return tmp_path / "registers"


@pytest.fixture
def tokens() -> Tokens:
    """Of two regions that share a deployment: a coordinator of the other is a stranger here."""
    return Tokens("https://issuer.test", "FRH0", "ITC4")


@pytest.fixture
def settings_more(directory: Path) -> dict[str, Any]:
    return {"registers_dir": directory}


async def look(platform: Any, directory: Path) -> int:
    """What the worker does; how many registers it looked at."""
    run = nightly(Sources(directory, 1_000_000), PARIS)
    state = platform.app.state
    return await run(state.database, state.outbox, platform.clock)


async def configured(platform: Any, **more: Any) -> Any:
    body = {"dataset": "triskel-template", "source": "file:bretagne.csv", "max_closed": 2} | more
    return await platform.client.post(
        "/v1/registers", json=body, headers=platform.who(Role.COORDINATOR)
    )


async def shown(platform: Any, known: Any) -> dict[str, Any]:
    path = f"/v1/registers/{known.json()['id']}"
    answer = await platform.client.get(path, headers=platform.who(Role.COORDINATOR))
    found: dict[str, Any] = answer.json()
    return found


async def test_a_register_that_changes_between_nights_updates_renames_and_closes_schools(
    platform: Any, imported: Any, directory: Path
) -> None:
    file = directory / "bretagne.csv"
    known = await configured(platform)
    assert known.status_code == 201, known.text
    # configured at ten in the morning, so it waits for three at night
    assert known.json()["next_at"] == "2025-10-02T01:00:00Z"
    assert await look(platform, directory) == 0

    async def night(content: str) -> dict[str, Any]:
        file.write_text(content, encoding="utf-8")
        platform.clock.time = datetime.fromisoformat((await shown(platform, known))["next_at"])
        assert await look(platform, directory) == 1
        assert await look(platform, directory) == 0
        await imported.work()
        return await shown(platform, known)

    first = await night(HEAD + ZOLA + CHATEAUBRIAND)
    assert (first["found"], first["last_import"]["created"]) == ("imported", 2)
    second = await night(HEAD + ZOLA + CHATEAUBRIAND)
    assert second["found"] == "unchanged"
    assert second["looked_at"] == "2025-10-03T01:00:00Z"
    assert second["last_import"]["id"] == first["last_import"]["id"]
    third = await night(HEAD + ZOLA.replace("Zola", "Lycée Émile Zola"))
    report = third["last_import"]
    assert (report["changed"], report["closed"], report["state"]) == (1, 1, "done")
    fourth = await night(HEAD + ZOLA.replace("Zola", "Lycée Émile Zola") + CHATEAUBRIAND)
    assert fourth["last_import"]["changed"] == 1
    said = [e.name_and_version()[0] for e in await outbox_events(platform.app.state.database)]
    assert said == [
        *("organisation-imported", "organisation-imported", "organisation-updated"),
        *("organisation-closed", "organisation-updated"),
    ]
    history = await platform.client.get(
        "/v1/organisations?q=zola", headers=platform.who(Role.COORDINATOR)
    )
    (school,) = history.json()["items"]
    assert school["names"] == {"en": "Lycée Émile Zola"}


async def test_a_night_is_imported_once_whichever_replica_looks(
    platform: Any, directory: Path
) -> None:
    (directory / "bretagne.csv").write_text(HEAD + ZOLA)
    known = await configured(platform)
    platform.clock.advance(days=1)
    done = await asyncio.gather(*(look(platform, directory) for _ in range(4)))
    assert sum(done) == 1
    again = await look(platform, directory)
    assert again == 0
    assert (await shown(platform, known))["last_import"]["state"] == "queued"


async def test_what_is_wrong_with_a_night_is_shown_and_the_next_one_tries_again(
    platform: Any, imported: Any, directory: Path
) -> None:
    known = await configured(platform, max_closed=0)
    platform.clock.advance(days=1)
    await look(platform, directory)
    missing = await shown(platform, known)
    assert (missing["found"], missing["failure"]["rule"]) == ("failed", "source-missing")
    assert missing["last_import"] is None
    for content, rule in (("a;b\n1;2\n", "column-missing"), ("", "file-empty")):
        (directory / "bretagne.csv").write_text(content)
        platform.clock.advance(days=1)
        await look(platform, directory)
        assert (await shown(platform, known))["failure"]["rule"] == rule
    (directory / "bretagne.csv").write_text(HEAD + ZOLA + CHATEAUBRIAND)
    platform.clock.advance(days=1)
    await look(platform, directory)
    await imported.work()
    assert (await shown(platform, known))["failure"] is None
    # cut off: nothing closes, each night tries again, and another limit lets it through
    (directory / "bretagne.csv").write_text(HEAD + ZOLA)
    for _ in range(2):
        platform.clock.advance(days=1)
        await look(platform, directory)
        await imported.work()
        now = await shown(platform, known)
        assert now["found"] == "imported"
        assert now["last_import"]["failure"]["rule"] == "too-many-would-close"
    headers = platform.who(Role.COORDINATOR) | {"If-Match": known.headers["ETag"]}
    path = f"/v1/registers/{known.json()['id']}"
    changed = await platform.client.patch(path, json={"max_closed": 1}, headers=headers)
    assert changed.json()["version"] == 2
    asked = await platform.client.post(f"{path}/look", headers=platform.who(Role.COORDINATOR))
    assert asked.status_code == 202
    await look(platform, directory)
    await imported.work()
    assert (await shown(platform, known))["last_import"]["closed"] == 1


async def test_the_coordinator_of_the_region_keeps_its_registers(
    platform: Any, directory: Path
) -> None:
    known = await configured(platform)
    path = f"/v1/registers/{known.json()['id']}"
    coordinator, teacher = platform.who(Role.COORDINATOR), platform.who(Role.TEACHER)
    assert (await platform.client.get("/v1/registers", headers=teacher)).status_code == 403
    listed = (await platform.client.get("/v1/registers", headers=coordinator)).json()["items"]
    assert [item["id"] for item in listed] == [known.json()["id"]]
    for body, rule in (
        ({"source": "file:../secrets.csv"}, "source-outside"),
        ({"source": "file:/etc/passwd"}, "source-outside"),
        ({"source": "https://127.0.0.1/annuaire.csv"}, "source-not-public"),
        ({"source": "https://127.1/annuaire.csv"}, "source-not-public"),
        ({"source": "https://localhost/annuaire.csv"}, "source-not-public"),
        ({"source": "https://user:word@data.example/x.csv"}, "source-malformed"),
        ({"hour": None}, "value-missing"),
        ({"source": "http://data.example/x.csv"}, "request-invalid"),
        ({"hour": 24}, "request-invalid"),
        ({"max_closed": 10**30}, "request-invalid"),
    ):
        headers = coordinator | {"If-Match": '"1"'}
        assert platform.rule(await platform.client.patch(path, json=body, headers=headers)) == (
            422,
            rule,
        )
    same = await platform.client.patch(
        path, json={"hour": 3}, headers=coordinator | {"If-Match": '"1"'}
    )
    assert same.json()["version"] == 1
    for seen, status in (({}, 428), ({"If-Match": '"7"'}, 412), ({"If-Match": '"1"'}, 204)):
        done = await platform.client.delete(path, headers=coordinator | seen)
        assert done.status_code == status
    assert (await platform.client.get(path, headers=coordinator)).status_code == 404


@given(
    st.integers(0, 3 * 365 * 24 * 60).map(
        lambda minutes: datetime(2024, 1, 1, tzinfo=UTC) + timedelta(minutes=minutes)
    ),
    st.integers(0, 23),
)
def test_each_local_date_has_one_night_whatever_the_clocks_do(now: datetime, hour: int) -> None:
    dates = []
    for _ in range(3):
        following = next_night(now, hour, PARIS)
        assert now < following <= now + timedelta(hours=25)
        # an hour that the clocks skip comes one hour later
        assert following.astimezone(PARIS).hour in (hour, hour + 1)
        dates.append(following.astimezone(PARIS).date())
        now = following
    assert dates == [dates[0] + timedelta(days=n) for n in range(3)]


@pytest.mark.parametrize(
    ("name", "rule"),
    [
        ("out.csv", "source-outside"),
        ("..", "source-outside"),
        ("none.csv", "source-missing"),
        (".", "source-outside"),
        ("sub", "source-missing"),
        ("large.csv", "source-too-large"),
    ],
)
async def test_a_file_is_read_from_its_directory_and_from_nowhere_else(
    directory: Path, name: str, rule: str
) -> None:
    (directory.parent / "secret.csv").write_text("secret")
    (directory / "out.csv").symlink_to(directory.parent / "secret.csv")
    (directory / "sub").mkdir()
    (directory / "sub" / "good.csv").write_text("good")
    (directory / "large.csv").write_text("x" * 101)
    sources = Sources(directory, 100)
    found = await sources.read("file:sub/good.csv")
    assert found is not None and found.content == b"good"
    with pytest.raises(Refusal) as refused:
        await sources.read(f"file:{name}")
    assert refused.value.rule == rule
    with pytest.raises(Refusal) as refused:
        await Sources(None, 100).read("file:sub/good.csv")
    assert refused.value.rule == "source-files-off"


@pytest.mark.parametrize(
    ("method", "path", "body", "wanted"),
    [
        ("PATCH", "", {"source": "https://localhost/annuaire.csv"}, [404, 403, 412, 422]),
        ("PATCH", "", {"hour": None}, [404, 403, 412, 422]),
        ("DELETE", "", None, [404, 403, 412, 204]),
        ("POST", "/look", None, [404, 403, 202, 202]),
    ],
)
async def test_a_register_refuses_by_id_then_caller_then_version_then_what_was_given(
    platform: Any, method: str, path: str, body: Any, wanted: list[int]
) -> None:
    known = await configured(platform)
    answers = await platform.refusals_in_order(
        f"/v1/registers/{{id}}{path}",
        known.json(),
        may=platform.who(Role.COORDINATOR),
        stranger=platform.who(Role.COORDINATOR, region="ITC4"),
        body=body,
        method=method,
    )
    assert answers == wanted
