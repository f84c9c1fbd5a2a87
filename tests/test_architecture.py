"""Rules of the code that no linter knows; each check has a planted offence that it finds."""

import os
import re
import shutil
import subprocess
import sys
from collections.abc import Iterator
from inspect import iscoroutinefunction
from pathlib import Path
from typing import Any

import pytest
from fastapi import APIRouter, FastAPI
from faststream.specification import AsyncAPI

from tests.applications import app_of
from triskel.chassis.auth import public_routes, served_routes, undeclared_routes
from triskel.chassis.consumer import Consumers
from triskel.chassis.testing import Tokens
from triskel.contracts.catalogue import CATALOGUE, SERVICES, topics_read_by
from triskel.contracts.publish import asyncapi_document

ROOT = Path(__file__).parents[1]
LONGEST_FILE_LINES = 400
OF_A_SERVICE = {"main", "routers", "consumers", "settings", "database", "migrations"}
OF_A_RESOURCE = {
    *("routes", "schemas", "commands", "queries", "jobs", "actions", "tables", "rules", "refusals"),
}
"""The files, or folders of the same name, that each resource has as it needs them."""


def tracked(*patterns: str) -> list[Path]:
    listed = subprocess.run(
        ["git", "-C", ROOT, "ls-files", "--cached", "--others", "--exclude-standard", *patterns],
        capture_output=True,
        text=True,
        check=True,
    )
    return [ROOT / line for line in listed.stdout.splitlines() if (ROOT / line).is_file()]


def overgrown(files: dict[str, str]) -> list[str]:
    return [name for name, text in files.items() if text.count("\n") > LONGEST_FILE_LINES]


def addresses(text: str) -> list[str]:
    return re.findall(r"(?:https?://|git\+|file:)\S+", text)


def test_a_newcomer_finds_a_line_because_no_file_is_overgrown() -> None:
    files = {str(p.relative_to(ROOT)): p.read_text(encoding="utf-8") for p in tracked("*.py")}
    assert len(files) > 300
    assert overgrown(files) == []
    assert overgrown({"planted.py": "\n" * (LONGEST_FILE_LINES + 1)}) == ["planted.py"]


def test_each_module_opens_with_a_sentence_that_says_what_lives_there() -> None:
    def silent(text: str) -> bool:
        return bool(text.strip()) and not text.lstrip().startswith(('"""', "#!"))

    modules = tracked("*/src/*.py")
    assert {path.relative_to(ROOT).parts[0] for path in modules} >= {"chassis", "services", "cli"}
    assert [p.name for p in modules if silent(p.read_text(encoding="utf-8"))] == []
    assert silent("import os\n")


def test_no_service_takes_the_day_of_a_moment_or_adds_days_to_one_by_itself() -> None:
    # UTC's day is not the region's, and a day is not always 24 hours: contracts/days.py
    def offences(text: str) -> list[str]:
        return re.findall(r"\.date\(\)|(?:now\(\)|\bnow|_at|moment) *[-+] *timedelta\(days", text)

    found = {
        str(p.relative_to(ROOT)): found
        for p in tracked("services/*/src/*.py")
        if "migrations" not in p.parts and (found := offences(p.read_text(encoding="utf-8")))
    }
    assert found == {}
    planted = ("now.date()", "a.starts_at - timedelta(days=2)", "clock.now() + timedelta(days=1)")
    assert all(offences(each) for each in planted)


def test_no_service_takes_due_rows_but_by_the_jobs_of_the_chassis() -> None:
    # bounded, in order, in one transaction and with an honest count: chassis/jobs.py
    def offends(text: str) -> bool:
        return "with_for_update(skip_locked" in text

    found = [p.name for p in tracked("services/*/src/*.py") if offends(p.read_text("utf-8"))]
    assert found == []
    assert offends("select(Row).with_for_update(skip_locked=True)")


def test_the_lock_file_has_hashes_and_no_address() -> None:
    lock = (ROOT / "requirements.lock").read_text(encoding="utf-8")
    assert addresses(lock) == []
    pinned = re.findall(r"^([a-z0-9][a-z0-9._\[\],-]*)==", lock, re.MULTILINE)
    assert len(pinned) > 50
    assert lock.count("--hash=sha256:") >= len(pinned)
    assert addresses("x @ https://example.org/x.whl")


def test_no_lock_file_with_addresses_is_tracked() -> None:
    def locks(files: list[Path]) -> list[Path]:
        return [path for path in files if path.name == "uv.lock"]

    assert len(tracked()) > 500
    assert locks(tracked()) == []
    assert locks([ROOT / "uv.lock"])


def test_no_path_of_somebodys_machine_is_in_the_project() -> None:
    # written in pieces, so that this file does not find itself
    machine = re.compile(r"(?<![\w./-])/(?:" + "work|farm|root|home/[a-z]+" + r")/")
    text_files = [p for p in tracked() if p.suffix not in {".csv", ".png", ".lock"}]
    assert [
        str(path.relative_to(ROOT))
        for path in text_files
        if machine.search(path.read_text(encoding="utf-8", errors="ignore"))
    ] == []
    assert machine.search("see /ho" + "me/somebody/notes")


@pytest.mark.parametrize("service", SERVICES)
def test_the_four_services_have_one_floor_plan(service: str) -> None:
    home = ROOT / "services" / service / "src" / "triskel" / service
    inside = {path.stem for path in home.iterdir() if not path.name.startswith("_")}
    assert inside >= OF_A_SERVICE
    resources = [path for path in home.iterdir() if (path / "routes").exists()]
    resources += [path.parent for path in home.glob("*/routes.py")]
    assert len(resources) > 1
    for resource in resources:
        files = {path.stem for path in resource.iterdir() if not path.name.startswith("_")}
        assert len(files & OF_A_RESOURCE) > 1, resource
    assert (home / "migrations" / "versions").is_dir()
    readme = (ROOT / "services" / service / "README.md").read_text(encoding="utf-8").lower()
    assert [word for word in ("owns", "says", "hears", "promises") if word not in readme] == []


@pytest.mark.parametrize("service", SERVICES)
def test_nobody_hears_in_secret_and_who_is_listed_does_hear(service: str, tokens: Tokens) -> None:
    heard = set(app_of(service, tokens).state.consumers.topics)
    assert heard == {topic.name for topic in topics_read_by(service)}


def received_by(service: str) -> dict[str, str]:
    """What our AsyncAPI document says that a service receives: channel addresses by group."""
    document = asyncapi_document()
    return {
        operation["bindings"]["kafka"]["groupId"]["const"]: document["channels"][
            operation["channel"]["$ref"].removeprefix("#/channels/")
        ]["address"]
        for name, operation in document["operations"].items()
        if operation["action"] == "receive" and name.startswith(f"{service}.")
    }


def subscribed_by(service: str, tokens: Tokens) -> tuple[set[str], set[str]]:
    """Consumer groups of a service's subscribers, and the channels in FastStream's own AsyncAPI
    document of them: names, or patterns where mirrors are read, too."""
    kafka_consumers = app_of(service, tokens).state.kafka_consumers
    document = AsyncAPI(kafka_consumers.broker()).to_specification().to_jsonable()
    assert {operation["action"] for operation in document["operations"].values()} <= {"receive"}
    channels = {channel["address"] for channel in document["channels"].values()}
    return set(kafka_consumers.subscriptions), channels


@pytest.mark.parametrize("service", SERVICES)
def test_faststream_subscribes_to_what_the_asyncapi_document_says_and_to_nothing_else(
    service: str, tokens: Tokens
) -> None:
    documented = received_by(service)
    groups, channels = subscribed_by(service, tokens)
    assert groups == documented.keys()
    for name, topic in CATALOGUE.items():
        for where in (name, f"frh0.{name}"):
            read = [channel for channel in channels if re.fullmatch(channel, where)]
            wanted = name in documented.values() and (topic.mirrored or where == name)
            assert len(read) == wanted, (where, read)


def test_a_reader_that_the_catalogue_does_not_list_cannot_listen() -> None:
    with pytest.raises(ValueError, match="does not name metrics as a reader"):
        Consumers("metrics").on("registry.contacts")


def test_each_topic_is_heard_here_or_by_subscribers_or_is_a_heap_of_dead_letters() -> None:
    unheard = [name for name, topic in CATALOGUE.items() if not (topic.readers or topic.mirrored)]
    assert unheard == [f"{service}.dead-letters" for service in SERVICES]


WATCHED = {
    *(("/livez", "GET"), ("/readyz", "GET"), ("/metrics", "GET")),
    *(("/asyncapi", "GET"), ("/asyncapi.yaml", "GET"), ("/docs", "GET")),
    *(("/docs/oauth2-redirect", "GET"), ("/openapi.json", "GET"), ("/openapi.json", "HEAD")),
    ("/static-offline-docs/{path}", "*"),
}
OPEN = {
    "registry": {
        *(("/confirm", "GET"), ("/confirm", "POST"), ("/v1/contacts/confirmations", "POST")),
        ("/regions/{region}", "GET"),
    },
    "activities": {
        *(("/v1/badges/issuer", "GET"), ("/v1/badges/keys", "GET")),
        *(("/v1/badges/keys/{name}", "GET"), ("/v1/badges/achievements/{activity_id}", "GET")),
        *(("/v1/badges/statuses/{activity_id}", "GET"), ("/v1/feeds/{secret}.ics", "GET")),
        *(("/v1/registrations", "POST"), ("/v1/registrations/look", "POST")),
        *(("/v1/registrations/cancel", "POST"), ("/v1/registrations/page", "GET")),
        *(("/v1/registrations/page", "POST"), ("/v1/registrations/mine", "GET")),
        ("/v1/registrations/mine", "POST"),
    },
    "notifications": set(),
    "metrics": {
        *(("/v1/figures", "GET"), ("/v1/figures.csv", "GET")),
        *(("/v1/indicators", "GET"), ("/v1/indicators/{indicator_id}", "GET")),
    },
}
"""What anybody may call without a token. A line more here is a decision."""
FEWEST_ROUTES = {"registry": 85, "activities": 107, "notifications": 23, "metrics": 23}


@pytest.mark.parametrize("service", SERVICES)
def test_every_route_that_is_served_says_who_may_call_it_and_these_are_open_to_all(
    service: str, tokens: Tokens
) -> None:
    app = app_of(service, tokens)
    # a walk that finds nothing proves nothing: an included router once had no routes to walk
    operations = sum(len(methods) for methods in app.openapi()["paths"].values())
    explaining = {path for path, _ in WATCHED} - set(app.openapi()["paths"])
    assert len(served_routes(app)) == operations + len(explaining) >= FEWEST_ROUTES[service]
    assert undeclared_routes(app) == []
    assert public_routes(app) == WATCHED | OPEN[service]
    unprotected = {
        (path, method.upper())
        for path, methods in app.openapi()["paths"].items()
        for method, operation in methods.items()
        if not operation["security"]
    }
    assert unprotected == {each for each in WATCHED | OPEN[service] if _in_openapi(app, *each)}

    planted = APIRouter(prefix="/v1")
    planted.get("/planted")(_planted)
    app.include_router(planted)
    assert undeclared_routes(app) == ["GET /v1/planted"]


UNVERSIONED = {("/v1/feeds/{feed_id}", "delete")}
"""A feed never changes: who revokes it has seen all there is to see."""


@pytest.mark.parametrize("service", SERVICES)
def test_whoever_changes_or_deletes_says_which_version_was_seen(
    service: str, tokens: Tokens
) -> None:
    paths = app_of(service, tokens).openapi()["paths"]
    blind = {
        (path, method)
        for path, methods in paths.items()
        for method, operation in methods.items()
        if method in ("patch", "delete")
        and not any(each["name"].lower() == "if-match" for each in operation["parameters"])
    }
    assert blind == (UNVERSIONED if service == "activities" else set())


def _in_openapi(app: FastAPI, path: str, method: str) -> bool:
    return method.lower() in app.openapi()["paths"].get(path, {})


async def _planted() -> None:
    return None


def in_threads(app: FastAPI) -> set[str]:
    """What FastAPI would call in a thread, at 0.1 ms each, because it is no coroutine."""

    def calls(dependant: Any) -> Iterator[Any]:
        yield dependant.call
        for each in dependant.dependencies:
            yield from calls(each)

    return {
        getattr(call, "__qualname__", repr(call))
        for route in served_routes(app)
        if (dependant := getattr(route, "dependant", None)) is not None
        for call in calls(dependant)
        if not (iscoroutinefunction(call) or iscoroutinefunction(type(call).__call__))
    }


@pytest.mark.parametrize("service", SERVICES)
def test_no_request_waits_for_a_thread(service: str, tokens: Tokens) -> None:
    app = app_of(service, tokens)
    assert in_threads(app) == set()

    def planted() -> None:
        return None

    router = APIRouter()
    router.get("/planted")(planted)
    app.include_router(router)
    assert len(in_threads(app)) == 1


def dead_links(page: Path, text: str) -> list[str]:
    """Links of a page to files that are not there."""
    found = re.findall(r"\]\(([^)#:]+)(?:#[^)]*)?\)", text)
    return [link for link in found if not (page.parent / link).exists()]


def test_every_page_links_to_what_is_there_and_every_guarantee_to_its_proof() -> None:
    pages = {path: path.read_text(encoding="utf-8") for path in tracked("*.md")}
    assert {str(p): dead for p, text in pages.items() if (dead := dead_links(p, text))} == {}
    assert dead_links(ROOT / "README.md", "[planted](no/such.py)") == ["no/such.py"]
    table = pages[ROOT / "README.md"].partition("| guarantee | proof |")[2].partition("\n\n")[0]
    rows = [row for row in table.splitlines()[2:] if row.startswith("|")]
    assert len(rows) > 8
    assert [row for row in rows if "](" not in row and "the same two" not in row] == []


PLANTED = {
    "registry/organisations/rules/planted.py": "import sqlalchemy\n",
    "metrics/figures/rules/planted.py": "import triskel.chassis.clock\n",
    "activities/offers/routes/planted.py": "import triskel.registry.claims.rules\n",
    "notifications/messages/rules/upwards.py": "import triskel.notifications.messages.queries\n",
    "notifications/messages/above.py": "import triskel.notifications.people.queries\n",
    "registry/utils.py": "",
    "registry/organisations/above.py": "import triskel.registry.contacts.queries\n",
    "activities/places/above.py": "import triskel.activities.offers.queries\n",
    "metrics/references/jobs.py": "import fastapi\n",
    "cli/demo/planted.py": "import triskel.registry.calendars.rules\n",
    "activities/offers/routes/rows.py": "import triskel.activities.offers.tables\n",
}
BROKEN = (
    "The demo uses the public API alone",
    "the services are strangers",
    "Inside registry each knows only what stands below it",
    "Inside notifications each knows only what stands below it",
    "Inside a resource each role knows only the roles below it",
    "Rules are plain Python",
    "Inside activities each knows only what stands below it",
    "No command, query or job knows HTTP",
    "No route knows a table's rows",
)


def test_each_rule_of_imports_finds_what_breaks_it(tmp_path: Path) -> None:
    """A rule over packages that are not there any more, or of another name, would find nothing."""
    packages = {name: ROOT / "services" / name for name in SERVICES} | {"cli": ROOT / "cli"}
    for name, member in packages.items():
        source, copied = member / "src" / "triskel" / name, tmp_path / "triskel" / name
        shutil.copytree(source, copied, ignore=shutil.ignore_patterns("__pycache__", "versions"))
    for name, text in PLANTED.items():
        (tmp_path / "triskel" / name).write_text(text, encoding="utf-8")
    lint = [Path(sys.executable).with_name("lint-imports"), "--no-cache"]
    done = subprocess.run(
        [*lint, "--config", ROOT / "pyproject.toml"],
        cwd=tmp_path,
        env=os.environ | {"PYTHONPATH": str(tmp_path), "COLUMNS": "200"},
        capture_output=True,
        text=True,
        check=False,
    )
    assert done.returncode == 1, done.stdout + done.stderr
    _, _, broken = done.stdout.partition("Broken contracts")
    assert [name for name in BROKEN if name not in broken] == [], done.stdout
    for name in PLANTED:
        module = "triskel." + name.removesuffix(".py").replace("/", ".")
        assert module in broken or module.rpartition(".")[2] in broken, module


def test_each_rule_of_style_finds_what_breaks_it() -> None:
    planted = (
        "import datetime, os.path\n\n\nasync def planted(items=[]):\n"
        "    print(datetime.datetime.now(), open('x'))\n    try:\n"
        "        return os.path.join('a')\n    except Exception:\n        pass\n"
    )
    ruff = [Path(sys.executable).with_name("ruff"), "check", "--output-format", "concise"]
    done = subprocess.run(
        [*ruff, "--stdin-filename", "chassis/src/triskel/chassis/planted.py", "-"],
        cwd=ROOT,
        input=planted,
        capture_output=True,
        text=True,
        check=False,
    )
    found = set(re.findall(r": ([A-Z]+)\d+ ", done.stdout))
    assert found >= {"ASYNC", "B", "DTZ", "E", "PTH", "SIM", "T"}, done.stdout
