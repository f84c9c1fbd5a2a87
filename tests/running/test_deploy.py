"""The deployment files against the code: names, ports, locks, alerts, and series that exist."""

import json
import re
import shutil
import subprocess
from collections.abc import Iterator
from importlib import import_module
from pathlib import Path
from typing import Any

import httpx
import pytest
import yaml

from triskel.chassis.service import create_app
from triskel.chassis.testing import Tokens, wait_until
from triskel.cli.stack import FIXED_PORTS, SERVICE_PORTS, Stack
from triskel.sandbox.children import free_port

ROOT = Path(__file__).parents[2]
DEPLOY = ROOT / "deploy"
COMPOSE = yaml.safe_load((ROOT / "docker-compose.yml").read_text(encoding="utf-8"))["services"]
RULES = yaml.safe_load((DEPLOY / "prometheus" / "rules.yml").read_text(encoding="utf-8"))
ALERTS = [rule for group in RULES["groups"] for rule in group["rules"]]
DASHBOARDS = sorted((DEPLOY / "grafana" / "dashboards").glob("*.json"))
SERIES = re.compile(r"\b((?:triskel|process)_[a-z_]+)\b")


def tool(name: str) -> str:
    """Debian's, or what deploy/fetch-tools.sh brought."""
    here = ROOT / ".tools" / "usr" / "bin" / name
    found = shutil.which(name) or (str(here) if here.exists() else None)
    if found is None:
        pytest.skip(f"{name} is not on this machine: apt install prometheus")
    return found


@pytest.mark.parametrize("service", SERVICE_PORTS)
def test_every_setting_of_the_compose_file_exists_and_every_needed_one_is_set(service: str) -> None:
    settings = import_module(f"triskel.{service}.settings").Settings
    known = {f"TRISKEL_{name.upper()}": field for name, field in settings.model_fields.items()}
    given = COMPOSE[service]["environment"]
    assert set(given) <= set(known)
    assert {name for name, field in known.items() if field.is_required()} <= set(given)


@pytest.mark.parametrize("service", SERVICE_PORTS)
def test_ports_agree(service: str) -> None:
    port = SERVICE_PORTS[service]
    settings = import_module(f"triskel.{service}.settings").Settings
    assert settings.model_fields["port"].default == port
    assert COMPOSE[service]["environment"]["TRISKEL_PORT"] == str(port)
    assert COMPOSE[service]["ports"] == [f"127.0.0.1:{port}:{port}"]
    scraped = yaml.safe_load((DEPLOY / "prometheus" / "prometheus.yml").read_text())
    targets = scraped["scrape_configs"][0]["static_configs"]
    watch = re.search(r":?-(\d+)}", COMPOSE[service]["environment"]["TRISKEL_WATCH_PORT"])
    assert watch is not None
    assert {"targets": [f"{service}:{watch[1]}"], "labels": {"service": service}} in targets
    assert f"127.0.0.1:{FIXED_PORTS.issuer}:8100" in COMPOSE["issuer"]["ports"]


def test_images_are_pinned_and_secrets_have_no_default() -> None:
    for name, service in COMPOSE.items():
        image = service.get("image", "")
        tag = image.rpartition(":")[2]
        assert image, name
        assert tag not in ("", "latest"), image
    text = (ROOT / "docker-compose.yml").read_text(encoding="utf-8")
    assert with_default(text) == []
    assert text.count("PASSWORD:?") > 10
    assert text.count("LINK_KEYS:?") == 2
    planted = "a: ${A_PASSWORD:-x}\nb: ${LINK_KEYS-x}\nc: ${C_PASSWORD}\nd: ${D_PASSWORD:?why}"
    assert with_default(planted) == ["A_PASSWORD", "LINK_KEYS", "C_PASSWORD"]


def with_default(text: str) -> list[str]:
    """The passwords and keys of links without which a compose file would start."""
    found = re.findall(r"\$\{?([A-Z_]*(?:PASSWORD|LINK_KEYS))(:\?)?", text)
    return [name for name, must in found if not must]


def test_there_are_alerts_and_dashboards_to_look_at() -> None:
    assert len(ALERTS) > 10
    assert len(DASHBOARDS) >= 3


def test_services_write_nothing_run_as_nobody_and_wait_for_what_they_need() -> None:
    for name in SERVICE_PORTS:
        service = COMPOSE[name]
        assert service["read_only"]
        assert service["cap_drop"] == ["ALL"]
        assert set(service["depends_on"]) <= set(COMPOSE)
        assert service["depends_on"][f"migrate-{name}"]["condition"] == (
            "service_completed_successfully"
        )
    for name in ("postgres", "kafka"):
        assert COMPOSE[name]["healthcheck"]["test"]
    dockerfile = (DEPLOY / "Dockerfile").read_text(encoding="utf-8")
    assert "USER 10001" in dockerfile
    assert "HEALTHCHECK" in dockerfile


def test_what_runs_on_comes_back_with_the_engine_and_says_whether_it_is_well() -> None:
    for name, service in COMPOSE.items():
        once = service.get("restart") == "no"
        assert once or service["restart"] == "unless-stopped", name
        if not once and "core" in service["profiles"]:
            # an image of others that brings a check of its own: mailpit; ours do in the Dockerfile
            own = service.get("healthcheck", {"disable": name not in (*SERVICE_PORTS, "mailpit")})
            assert not own.get("disable"), name


def test_mails_lead_somewhere_and_the_key_of_certificates_is_in_a_volume() -> None:
    for name, variable in {
        "notifications": "TRISKEL_PUBLIC_URL",
        "activities": "TRISKEL_PUBLIC_URL",
        "registry": "TRISKEL_REGISTERS_DIR",
    }.items():
        assert COMPOSE[name]["environment"][variable]
    file = COMPOSE["activities"]["environment"]["TRISKEL_BADGE_KEY_FILE"]
    assert COMPOSE["badge-key"]["command"] == ["badge-key", file]
    assert COMPOSE["badge-key"]["volumes"] == ["badge-key:/keys"]
    assert COMPOSE["activities"]["volumes"] == ["badge-key:/keys:ro"]
    assert COMPOSE["activities"]["depends_on"]["badge-key"]["condition"] == (
        "service_completed_successfully"
    )
    # what a build may copy holds no key and no password
    ignored = (ROOT / ".dockerignore").read_text(encoding="utf-8").splitlines()
    assert {".env", ".tools", ".triskel"} <= set(ignored)


def test_the_path_of_the_health_check_exists(tokens: Tokens) -> None:
    (path,) = re.findall(r"TRISKEL_PORT'\]\}(/[a-z]+)", (DEPLOY / "Dockerfile").read_text())
    spec = import_module("triskel.registry.main").SPEC
    given: dict[str, Any] = {
        "regions": ("FRH0",),
        "database_url": "postgresql://nobody/none",
        "kafka_bootstrap": "127.0.0.1:9",
        "issuers": (tokens.issuer,),
        "link_keys": ("a secret of links for nobody to follow",),
    }
    app = create_app(spec, spec.settings(**given), connect=False)
    assert path in app.openapi()["paths"]


def pins(path: Path) -> dict[str, set[str]]:
    """Package and version, with its hashes."""
    found: dict[str, set[str]] = {}
    for block in re.split(r"\n(?=[a-z0-9])", path.read_text(encoding="utf-8")):
        if named := re.match(r"([a-z0-9._-]+)(?:\[[^\]]*\])?==([^\s;\\]+)", block):
            found[f"{named[1]}=={named[2]}"] = set(re.findall(r"sha256:[0-9a-f]{64}", block))
    return found


@pytest.mark.parametrize("image", [*SERVICE_PORTS, "cli"])
def test_an_image_installs_what_the_lock_says_and_nothing_for_tests(image: str) -> None:
    whole, part = pins(ROOT / "requirements.lock"), pins(DEPLOY / "requirements" / f"{image}.lock")
    assert len(part) > 40
    assert set(part) <= set(whole)
    for name, hashes in part.items():
        # the image's lock may name wheels for more platforms than the workspace's
        assert hashes & whole[name], name
    assert not {name.partition("==")[0] for name in part} & {"pytest", "mypy", "ruff"}


@pytest.mark.parametrize("alert", ALERTS, ids=lambda alert: alert["alert"])
def test_every_alert_has_an_entry_in_the_runbook_and_a_test(alert: dict[str, Any]) -> None:
    runbook = (ROOT / "docs" / "runbook.md").read_text(encoding="utf-8")
    assert f"\n## {alert['alert']}\n" in runbook
    assert alert["annotations"]["runbook_url"] == f"docs/runbook.md#{alert['alert'].lower()}"
    tests = (DEPLOY / "prometheus" / "rules.test.yml").read_text(encoding="utf-8")
    assert f"name: {alert['alert']} fires" in tests
    assert f"name: {alert['alert']} is silent" in tests


def promtool(*words: str, input: str | None = None) -> subprocess.CompletedProcess[str]:
    return subprocess.run(
        [tool("promtool"), *words],
        cwd=DEPLOY / "prometheus",
        input=input,
        capture_output=True,
        text=True,
        check=False,
    )


def test_every_alert_fires_when_it_should_and_is_silent_when_it_should_be(tmp_path: Path) -> None:
    done = promtool("test", "rules", "rules.test.yml")
    assert done.returncode == 0, done.stdout + done.stderr
    assert promtool("check", "config", "prometheus.yml").returncode == 0
    # the control: rules whose thresholds are never reached fail the same tests
    rules = (DEPLOY / "prometheus" / "rules.yml").read_text(encoding="utf-8")
    (tmp_path / "rules.yml").write_text(re.sub(r"> \d+(\.\d+)?$", "> 1e9", rules, flags=re.M))
    shutil.copy(DEPLOY / "prometheus" / "rules.test.yml", tmp_path)
    assert promtool("test", "rules", str(tmp_path / "rules.test.yml")).returncode != 0


def named_series() -> set[str]:
    exprs = [alert["expr"] for alert in ALERTS]
    for path in DASHBOARDS:
        board = json.loads(path.read_text(encoding="utf-8"))
        exprs += [target["expr"] for panel in board["panels"] for target in panel["targets"]]
    return {name for expr in exprs for name in SERIES.findall(expr)}


@pytest.mark.connected
def test_promtool_accepts_the_metrics_of_all_four(stack: Stack) -> None:
    for url in stack.services.values():
        text = httpx.get(f"{url}/metrics", timeout=None).text
        done = promtool("check", "metrics", input=text)
        assert done.returncode == 0, done.stdout + done.stderr


@pytest.fixture
def prometheus(stack: Stack, tmp_path: Path) -> Iterator[str]:
    """A real server that scrapes the running stack and loads our rules."""
    config = yaml.safe_load((DEPLOY / "prometheus" / "prometheus.yml").read_text())
    config["global"] = {"scrape_interval": "1s", "evaluation_interval": "1s"}
    del config["alerting"]
    config["rule_files"] = [str(DEPLOY / "prometheus" / "rules.yml")]
    config["scrape_configs"][0]["static_configs"] = [
        {"targets": [url.removeprefix("http://")], "labels": {"service": name}}
        for name, url in stack.services.items()
    ]
    (tmp_path / "prometheus.yml").write_text(yaml.safe_dump(config), encoding="utf-8")
    port = free_port()
    server = subprocess.Popen(
        [
            tool("prometheus"),
            f"--config.file={tmp_path / 'prometheus.yml'}",
            f"--storage.tsdb.path={tmp_path / 'data'}",
            f"--web.listen-address=127.0.0.1:{port}",
        ],
        stderr=subprocess.DEVNULL,
    )
    try:
        yield f"http://127.0.0.1:{port}"
    finally:
        server.terminate()
        server.wait()


@pytest.mark.connected
def test_a_real_prometheus_finds_every_series_that_alerts_and_dashboards_name(
    stack: Stack, prometheus: str
) -> None:
    wanted = named_series()
    assert len(wanted) > 12

    def ask(path: str) -> Any:
        answer = httpx.get(f"{prometheus}/api/v1/{path}", timeout=None)
        # it answers 503 while it starts
        return answer.raise_for_status().json()["data"]

    def scraped() -> set[str]:
        try:
            targets, names = ask("targets")["activeTargets"], ask("label/__name__/values")
        except httpx.HTTPError:
            return set()
        all_are = len(targets) == len(stack.services) and {t["health"] for t in targets} == {"up"}
        return set(names) if all_are else set()

    # series of things that never happened here (a failed mail, a relay error) have no sample yet:
    # then their description must be there
    assert wanted - wait_until(scraped) - described(stack) == set()
    rules = ask("rules")["groups"][0]["rules"]
    assert {rule["name"] for rule in rules} == {alert["alert"] for alert in ALERTS}
    assert all(rule["health"] in ("ok", "unknown") for rule in rules)


def described(stack: Stack) -> set[str]:
    found = set()
    for url in stack.services.values():
        for line in httpx.get(f"{url}/metrics", timeout=None).text.splitlines():
            if line.startswith("# TYPE "):
                _, _, name, kind = line.split()
                found.add(name)
                if kind == "histogram":
                    found |= {f"{name}_{part}" for part in ("bucket", "sum", "count")}
    return found
