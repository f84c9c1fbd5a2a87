"""The stack: infrastructure, a database and a role for each service, topics, and four services."""

import asyncio
import json
import os
import secrets
import sys
from collections.abc import Callable, Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import ExitStack, contextmanager
from dataclasses import asdict, dataclass, field
from datetime import datetime
from importlib.resources import files
from pathlib import Path
from typing import TYPE_CHECKING, Any
from urllib.parse import quote, urlsplit, urlunsplit

import httpx

from triskel.chassis.client import ApiClient, TokenIssuer
from triskel.cli.keys import link_key_in, make_badge_key
from triskel.sandbox import Infrastructure, Ports, SandboxError, open_sandbox
from triskel.sandbox.children import Child, claim_port, free_port

if TYPE_CHECKING:
    import asyncpg

SERVICE_PORTS = {"registry": 8101, "activities": 8102, "notifications": 8103, "metrics": 8104}
MIGRATIONS = {
    name: Path(str(files(f"triskel.{name}").joinpath("migrations"))) for name in SERVICE_PORTS
}
REGION = "FRH0"
HOME = Path(".triskel")
NOTE = "stack.json"

FIXED_PORTS = Ports(issuer=8100, mail_page=8105, smtp=8125, postgres=8132, kafka=8192)
# a simulated year passes in a minute: news must not grow old meanwhile
DEMO_NEWS_DAYS = "400"

Say = Callable[[str], None]


@dataclass(frozen=True)
class Stack:
    """Where everything answers: `services` has the first replica of each, `replicas` all. Who
    started it has the `children`, by name: `registry`, `registry-1`, …, and `registers`, where the
    files of nightly registers lie."""

    services: dict[str, str]
    infrastructure: Infrastructure
    databases: dict[str, str]
    region: str
    clock_file: Path | None
    registers: Path | None = None
    replicas: dict[str, list[str]] = field(default_factory=dict)
    children: dict[str, Child] = field(default_factory=dict)

    def client(self, **options: Any) -> ApiClient:
        """A client of these services, with tokens of the issuer; `options` are httpx's. Without a
        time limit, unless one is given: a machine may be busy."""
        issuer = TokenIssuer(
            self.infrastructure.issuer, self.infrastructure.client_secret or "", self.region
        )
        return ApiClient(self.services, issuer, **{"timeout": None} | options)

    def set_clock(self, now: datetime) -> None:
        """Let the services' simulated time be this."""
        assert self.clock_file is not None
        fresh = self.clock_file.with_suffix(".new")
        fresh.write_text(now.isoformat(), encoding="utf-8")
        fresh.replace(self.clock_file)


@dataclass
class _Service:
    name: str
    child: Child
    url: str


@dataclass(frozen=True)
class _Public:
    """What every replica of a service says of itself to the outside, and the files it needs."""

    url: str
    badge_key: Path
    registers: Path
    link_key: str


@contextmanager
def open_stack(
    *,
    data: Path | None = None,
    fixed_ports: bool = False,
    clock: datetime | None = None,
    say: Say = lambda _: None,
    logs: Path | None = None,
    replicas: int = 1,
) -> Iterator[Stack]:
    """Everything started and ready; at the end everything stopped, the services first.

    `data` is kept between runs, None is temporary. With `clock` the services live in simulated
    time. Raises `SandboxError` when a part cannot start; then nothing is left running.
    """
    with ExitStack() as opened:
        ports = FIXED_PORTS if fixed_ports else None
        wanted = {
            name: claim_port(SERVICE_PORTS[name] if fixed_ports else None, name)
            for name in MIGRATIONS
        }
        infrastructure = opened.enter_context(open_sandbox(data=data, ports=ports, say=say))
        logs = logs or (data or HOME) / "logs"
        logs.mkdir(parents=True, exist_ok=True)
        clock_file = None
        if clock is not None:
            clock_file = (logs / "clock").resolve()
            clock_file.write_text(clock.isoformat(), encoding="utf-8")
        badge_key = ((data or logs) / "badge-key.pem").resolve()
        make_badge_key(badge_key)
        link_key = link_key_in((data or logs) / "link-key")
        registers = ((data or logs) / "registers").resolve()
        registers.mkdir(exist_ok=True)
        say("making databases and topics")
        databases = asyncio.run(_prepare(infrastructure))
        services = [
            _service(
                name,
                number,
                port if number == 0 else free_port(),
                databases[name],
                infrastructure,
                clock_file,
                _Public(f"http://127.0.0.1:{port}", badge_key, registers, link_key),
                logs,
                f"http://127.0.0.1:{wanted['registry']}",
            )
            for name, port in wanted.items()
            for number in range(replicas)
        ]
        say("starting the four services")
        opened.callback(_stop, services)
        for service in services:
            service.child.start()
        _wait_ready(services, say)
        urls: dict[str, list[str]] = {}
        for service in services:
            urls.setdefault(service.name, []).append(service.url)
        yield Stack(
            services={name: first for name, (first, *_) in urls.items()},
            infrastructure=infrastructure,
            databases=databases,
            region=REGION,
            clock_file=clock_file,
            registers=registers,
            replicas=urls,
            children={service.child.name: service.child for service in services},
        )


async def _prepare(infrastructure: Infrastructure) -> dict[str, str]:
    # they take a second to load, which `triskel --help` need not wait for
    import asyncpg

    from triskel.chassis.kafka import ensure_topics
    from triskel.chassis.migrations import migrate

    admin = await asyncpg.connect(infrastructure.postgres_url)
    try:
        databases = {
            name: await _database(admin, name, infrastructure.postgres_url) for name in MIGRATIONS
        }
    finally:
        await admin.close()
    await ensure_topics(infrastructure.kafka_bootstrap)
    for name, url in databases.items():
        await migrate(url, MIGRATIONS[name])
    return databases


async def _database(admin: "asyncpg.Connection", service: str, admin_url: str) -> str:
    """A database that its own role alone may enter; the password is new at each start."""
    name = f"triskel_{service}"
    password = secrets.token_urlsafe(24)
    role = await admin.fetchval("select 1 from pg_roles where rolname = $1", name)
    verb = "alter" if role else "create"
    await admin.execute(f"{verb} role {name} login password '{password}'")
    if not await admin.fetchval("select 1 from pg_database where datname = $1", name):
        await admin.execute(f"create database {name} owner {name}")
        await admin.execute(f"revoke all on database {name} from public")
    parts = urlsplit(admin_url)
    where = f"{parts.hostname}:{parts.port or 5432}"
    return urlunsplit(("postgresql", f"{name}:{quote(password)}@{where}", f"/{name}", "", ""))


def _service(
    name: str,
    number: int,
    port: int,
    database: str,
    infrastructure: Infrastructure,
    clock_file: Path | None,
    public: _Public,
    logs: Path,
    registry: str,
) -> _Service:
    issuer = {
        "issuer": infrastructure.issuer,
        "jwks_url": infrastructure.jwks_url,
        "regions": [REGION],
    }
    environment = {
        # what the person set for the sandbox is not for the services
        **{key: value for key, value in os.environ.items() if not key.startswith("TRISKEL_")},
        "TRISKEL_REGIONS": REGION,
        "TRISKEL_DATABASE_URL": database,
        "TRISKEL_KAFKA_BOOTSTRAP": infrastructure.kafka_bootstrap,
        "TRISKEL_ISSUERS": json.dumps([issuer]),
        "TRISKEL_PORT": str(port),
        "TRISKEL_REPLICA": str(number),
        "TRISKEL_SMTP_URL": f"smtp://{infrastructure.smtp_host}:{infrastructure.smtp_port}",
        "TRISKEL_REGISTRY_URL": registry,
        "TRISKEL_MAIL_FROM": "Triskel Bretagne <triskel@bretagne.example>",
    }
    if name == "activities":
        environment["TRISKEL_BADGE_KEY_FILE"] = str(public.badge_key)
        environment["TRISKEL_PUBLIC_URL"] = public.url
    if name in ("registry", "notifications"):
        environment["TRISKEL_LINK_KEYS"] = public.link_key
    if name == "registry":
        environment["TRISKEL_REGISTERS_DIR"] = str(public.registers)
    if clock_file is not None:
        environment["TRISKEL_CLOCK_FILE"] = str(clock_file)
        environment["TRISKEL_NEWS_FOR_DAYS"] = DEMO_NEWS_DAYS
    called = name if number == 0 else f"{name}-{number}"
    child = Child(called, [sys.executable, "-m", f"triskel.{name}"], logs, environment=environment)
    return _Service(name, child, f"http://127.0.0.1:{port}")


def _wait_ready(services: list[_Service], say: Say) -> None:
    for service in services:

        def ready(url: str = service.url) -> bool:
            try:
                return httpx.get(f"{url}/readyz", timeout=2).status_code == 200
            except httpx.HTTPError:
                return False

        service.child.wait_until(ready, f"look at {service.url}/readyz", say)


def _stop(services: list[_Service]) -> None:
    with ThreadPoolExecutor(len(services)) as pool:
        list(pool.map(lambda service: service.child.stop(), services))


@contextmanager
def noted(stack: Stack, home: Path = HOME) -> Iterator[Path]:
    """While the stack runs, a note says where it is, so that the other commands find it. It holds
    the issuer's secret and passwords: only its owner can read it."""
    home.mkdir(parents=True, exist_ok=True)
    note = home / NOTE
    known = {
        "services": stack.services,
        "infrastructure": asdict(stack.infrastructure),
        "databases": stack.databases,
        "region": stack.region,
        "clock_file": str(stack.clock_file) if stack.clock_file else None,
        "pid": os.getpid(),
    }
    note.touch(mode=0o600)
    note.write_text(json.dumps(known, indent=2), encoding="utf-8")
    try:
        yield note
    finally:
        note.unlink(missing_ok=True)


def running_stack(home: Path = HOME) -> Stack | None:
    """The stack that runs from this directory, if one does."""
    try:
        known = json.loads((home / NOTE).read_text(encoding="utf-8"))
        os.kill(known["pid"], 0)
    except (OSError, ValueError):
        return None
    return Stack(
        services=known["services"],
        infrastructure=Infrastructure(**known["infrastructure"]),
        databases=known["databases"],
        region=known["region"],
        clock_file=Path(known["clock_file"]) if known["clock_file"] else None,
    )


def check_nobody_runs(home: Path = HOME) -> None:
    """Raises `SandboxError` while another stack runs from this directory."""
    if running_stack(home) is not None:
        raise SandboxError(
            f"a stack already runs from {home.resolve()}: stop it first (Ctrl-C where it runs)"
        )
