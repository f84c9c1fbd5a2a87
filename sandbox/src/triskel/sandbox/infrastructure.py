"""Where infrastructure comes from: the environment names it, containers, or embedded servers."""

import fcntl
import os
import shutil
import tempfile
from collections.abc import Callable, Iterator
from concurrent.futures import Future, ThreadPoolExecutor, as_completed
from contextlib import AbstractContextManager, ExitStack, contextmanager
from dataclasses import dataclass
from pathlib import Path
from threading import Event
from typing import Any, TypeVar
from urllib.parse import urlsplit

from triskel.sandbox.children import cancelled, free_port
from triskel.sandbox.errors import SandboxError
from triskel.sandbox.jars import Say
from triskel.sandbox.kafka import open_kafka
from triskel.sandbox.postgres import MAX_CONNECTIONS, open_postgres

MODES = ("embedded", "containers")
# those of docker-compose.yml
POSTGRES_IMAGE = "postgres:18.4-bookworm"
KAFKA_IMAGE = "apache/kafka:4.3.1"
_KAFKA_PORT = 9092

Opened = TypeVar("Opened")


@dataclass(frozen=True)
class Ports:
    """Fixed ports; None takes a free one."""

    issuer: int | None = None
    mail_page: int | None = None
    smtp: int | None = None
    postgres: int | None = None
    kafka: int | None = None


@dataclass(frozen=True)
class Infrastructure:
    """Addresses of what runs. `mail_url` and `client_secret` are None for servers of your own."""

    postgres_url: str
    kafka_bootstrap: str
    smtp_host: str
    smtp_port: int
    mail_url: str | None
    issuer: str
    jwks_url: str
    client_secret: str | None


def mode() -> str:
    """`TRISKEL_SANDBOX`; raises `SandboxError` for a mode that there is not."""
    wanted = os.environ.get("TRISKEL_SANDBOX", "embedded")
    if wanted not in MODES:
        raise SandboxError(f"TRISKEL_SANDBOX is {wanted!r}: must be one of {', '.join(MODES)}")
    return wanted


@contextmanager
def postgres_url(data: Path, port: int | None = None, *, durable: bool = True) -> Iterator[str]:
    """The administrator's URL of PostgreSQL. `durable` counts for the embedded one."""
    if given := os.environ.get("TRISKEL_POSTGRES_URL"):
        if urlsplit(given).scheme not in ("postgresql", "postgres"):
            raise SandboxError("TRISKEL_POSTGRES_URL must begin with postgresql:// and no driver")
        yield given
    elif mode() == "containers":
        from testcontainers.community.postgres import PostgresContainer

        def postgres() -> Any:
            made = PostgresContainer(POSTGRES_IMAGE, driver=None)
            return made.with_command(f"postgres -c max_connections={MAX_CONNECTIONS}")

        with _container(postgres) as container:
            yield container.get_connection_url()
    else:
        with open_postgres(data, port, durable=durable) as server:
            yield server.url


@contextmanager
def kafka_bootstrap(
    data: Path, port: int | None = None, say: Say = lambda _: None
) -> Iterator[str]:
    """The bootstrap address of Kafka."""
    if given := os.environ.get("TRISKEL_KAFKA_BOOTSTRAP"):
        yield given
    elif mode() == "containers":
        with _container(lambda: _kafka(port or free_port())) as container:
            host = container.get_container_host_ip()
            yield f"{host}:{container.get_exposed_port(_KAFKA_PORT)}"
    else:
        with open_kafka("home", data, port, say) as broker:
            yield broker.bootstrap


def _kafka(port: int) -> Any:
    """A broker in a container. testcontainers' own class drives the scripts of another image, of an
    older Kafka; this one knows beforehand at which port of the machine its clients find it.
    """
    from testcontainers.core.config import testcontainers_config
    from testcontainers.core.container import DockerContainer
    from testcontainers.core.wait_strategies import LogMessageWaitStrategy

    host = testcontainers_config.tc_host_override or "127.0.0.1"
    listeners = f"PLAINTEXT://:{_KAFKA_PORT},CONTROLLER://:{_KAFKA_PORT + 1}"
    made = DockerContainer(KAFKA_IMAGE).with_bind_ports(_KAFKA_PORT, port)
    return made.with_envs(
        KAFKA_NODE_ID="1",
        KAFKA_PROCESS_ROLES="broker,controller",
        KAFKA_LISTENERS=listeners,
        KAFKA_ADVERTISED_LISTENERS=f"PLAINTEXT://{host}:{port}",
        KAFKA_CONTROLLER_LISTENER_NAMES="CONTROLLER",
        KAFKA_CONTROLLER_QUORUM_VOTERS=f"1@localhost:{_KAFKA_PORT + 1}",
        KAFKA_LISTENER_SECURITY_PROTOCOL_MAP="PLAINTEXT:PLAINTEXT,CONTROLLER:PLAINTEXT",
        KAFKA_OFFSETS_TOPIC_REPLICATION_FACTOR="1",
        KAFKA_TRANSACTION_STATE_LOG_REPLICATION_FACTOR="1",
        KAFKA_TRANSACTION_STATE_LOG_MIN_ISR="1",
        KAFKA_SHARE_COORDINATOR_STATE_TOPIC_REPLICATION_FACTOR="1",
        KAFKA_SHARE_COORDINATOR_STATE_TOPIC_MIN_ISR="1",
        KAFKA_GROUP_INITIAL_REBALANCE_DELAY_MS="0",
        KAFKA_AUTO_CREATE_TOPICS_ENABLE="false",
    ).waiting_for(LogMessageWaitStrategy("Kafka Server started"))


@contextmanager
def _container(make: Callable[[], Any]) -> Iterator[Any]:
    try:
        container = make().start()
    except Exception as error:  # the Docker client raises many kinds
        raise SandboxError(
            f"a container could not be started ({error}): start a Docker engine, or unset "
            "TRISKEL_SANDBOX to use the embedded servers"
        ) from error
    try:
        yield container
    finally:
        container.stop()


def _smtp_address(given: str) -> tuple[str, int]:
    parts = urlsplit(given)
    try:
        if parts.scheme == "smtp" and parts.hostname and parts.port and parts.username is None:
            return parts.hostname, parts.port
    except ValueError:  # of a port that is no number
        pass
    raise SandboxError("TRISKEL_SMTP_URL must be smtp://host:port, with no user and no password")


@contextmanager
def smtp_address(
    data: Path, smtp: int | None = None, page: int | None = None
) -> Iterator[tuple[str, int, str | None]]:
    """(host, port, address of the page where mails can be read)."""
    if given := os.environ.get("TRISKEL_SMTP_URL"):
        yield *_smtp_address(given), None
    else:
        # with a server, which most commands need not wait for
        from triskel.sandbox.mail import open_mail

        with open_mail(data, smtp, page) as sink:
            yield sink.smtp_host, sink.smtp_port, sink.url


@contextmanager
def token_issuer(data: Path, port: int | None = None) -> Iterator[tuple[str, str, str | None]]:
    """(issuer, address of its key set, client secret of the embedded one)."""
    issuer, jwks = os.environ.get("TRISKEL_ISSUER"), os.environ.get("TRISKEL_JWKS_URL")
    if issuer and jwks:
        yield issuer, jwks, None
    elif issuer or jwks:
        raise SandboxError("TRISKEL_ISSUER and TRISKEL_JWKS_URL go together: set both or neither")
    else:
        from triskel.sandbox.issuer import open_issuer  # with a server, too

        with open_issuer(data, port) as embedded:
            yield embedded.url, embedded.jwks_url, embedded.client_secret


@contextmanager
def data_directory(wanted: Path | None) -> Iterator[Path]:
    """A directory that is this process's alone: the one asked for, or a temporary one."""
    if wanted is None:
        made = Path(tempfile.mkdtemp(prefix="triskel-"))
        try:
            yield made
        finally:
            shutil.rmtree(made, ignore_errors=True)
        return
    # the servers run elsewhere than we do: a relative name would be another place to them
    wanted = wanted.resolve()
    wanted.mkdir(parents=True, exist_ok=True)
    with (wanted / ".lock").open("w") as lock:
        try:
            fcntl.flock(lock, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except OSError:
            raise SandboxError(
                f"another Triskel uses {wanted}: stop it, or choose another directory"
            ) from None
        yield wanted


@contextmanager
def open_sandbox(
    *, data: Path | None = None, ports: Ports | None = None, say: Say = lambda _: None
) -> Iterator[Infrastructure]:
    """Everything that a stack needs, started side by side and stopped together.

    `data` is kept between runs; None is a temporary directory, removed at the end. Raises
    `SandboxError` when a part cannot start; then nothing is left running.
    """
    ports = ports or Ports()
    mode()
    with ExitStack() as opened:
        home = opened.enter_context(data_directory(data))
        parts = opened.enter_context(ExitStack())
        # However this ends: first what is still starting is cancelled, then its threads are waited
        # for, then the parts that are up are stopped, and the directory goes last.
        leaving = Event()
        pool = opened.enter_context(
            ThreadPoolExecutor(4, initializer=cancelled.set, initargs=(leaving,))
        )
        opened.callback(leaving.set)

        def opening(part: AbstractContextManager[Opened], name: str) -> Future[Opened]:
            def enter() -> Opened:
                value = part.__enter__()
                parts.push(part.__exit__)
                say(f"{name} is up")
                return value

            return pool.submit(enter)

        say("starting PostgreSQL, Kafka, mail and tokens")
        postgres = opening(postgres_url(home / "postgres", ports.postgres), "PostgreSQL")
        kafka = opening(kafka_bootstrap(home / "kafka", ports.kafka, say), "Kafka")
        mail = opening(smtp_address(home / "mail", ports.smtp, ports.mail_page), "mail")
        issuer = opening(token_issuer(home / "issuer", ports.issuer), "token issuer")
        starting: list[Future[Any]] = [postgres, kafka, mail, issuer]
        for part in as_completed(starting):
            part.result()  # the first failure is told, and the others are not waited for
        pool.shutdown()
        host, smtp_port, page = mail.result()
        name, jwks_url, secret = issuer.result()
        yield Infrastructure(
            postgres_url=postgres.result(),
            kafka_bootstrap=kafka.result(),
            smtp_host=host,
            smtp_port=smtp_port,
            mail_url=page,
            issuer=name,
            jwks_url=jwks_url,
            client_secret=secret,
        )
