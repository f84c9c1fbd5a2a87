"""Starting a supervised child, waiting until it answers, and stopping it."""

import fcntl
import os
import signal
import socket
import subprocess
import sys
import tempfile
import time
from collections.abc import Callable, Mapping, Sequence
from contextvars import ContextVar
from pathlib import Path
from threading import Event

from triskel.sandbox import supervisor
from triskel.sandbox.errors import SandboxError

TELL_SECONDS = 30.0
_POLL_SECONDS = 0.03
_claims: dict[int, int] = {}
"""the locked file of each port that this process gave out"""
cancelled: ContextVar[Event | None] = ContextVar("cancelled", default=None)
"""set when nobody waits any more for what this thread starts: several parts of one whole start side
by side, and another one failed, or a person wants none of them any more"""


def raise_if_cancelled(name: str) -> None:
    """To be asked before each step of a start. Raises `SandboxError` if that was cancelled."""
    if (event := cancelled.get()) is not None and event.is_set():
        raise SandboxError(f"{name} is not wanted any more")


class Child:
    """One supervised process. `log` grows over restarts; `pid` is the process itself."""

    def __init__(
        self,
        name: str,
        command: Sequence[str],
        directory: Path,
        *,
        stop: str = "TERM",
        environment: Mapping[str, str] | None = None,
    ) -> None:
        directory.mkdir(parents=True, exist_ok=True)
        self.name = name
        self.command = list(command)
        self.log = directory / f"{name}.log"
        self._pid_file = directory / f"{name}.pid"
        self._stop = stop
        self._environment = environment
        self._supervisor: subprocess.Popen[bytes] | None = None

    def start(self) -> None:
        raise_if_cancelled(self.name)
        self._pid_file.unlink(missing_ok=True)
        options = [
            "--parent",
            str(os.getpid()),
            "--log",
            str(self.log),
            "--pid",
            str(self._pid_file),
            "--stop",
            self._stop,
        ]
        self._supervisor = subprocess.Popen(
            # by its path: the package imports much that a supervisor does not need
            [sys.executable, "-I", "-S", supervisor.__file__, *options, "--", *self.command],
            stdin=subprocess.PIPE,
            start_new_session=True,
            env=None if self._environment is None else dict(self._environment),
        )

    @property
    def pid(self) -> int:
        self.wait_until(self._pid_file.exists, "its process did not start")
        return int(self._pid_file.read_text())

    def alive(self) -> bool:
        return self._supervisor is not None and self._supervisor.poll() is None

    def wait_until(
        self, answers: Callable[[], bool], otherwise: str, say: Callable[[str], None] | None = None
    ) -> None:
        """Waits as long as the child lives: a busy machine takes its time. `say` is told every half
        minute what is waited for. Raises `SandboxError` with the log's last words if it dies, and
        when the start is cancelled."""
        told_at = time.monotonic()
        while not answers():
            raise_if_cancelled(self.name)
            if not self.alive():
                raise SandboxError(f"{self.name} stopped while starting: {self.last_words()}")
            if say is not None and time.monotonic() - told_at > TELL_SECONDS:
                told_at = time.monotonic()
                say(f"still waiting for {self.name} ({otherwise}): {self.last_words()}")
            time.sleep(_POLL_SECONDS)

    def stop(self) -> int | None:
        """Ask it to stop and wait; the supervisor kills it if it does not listen. Returns the
        code that it ended with, 256 less the signal's number if by a signal; None if it was not
        started."""
        if self._supervisor is None:
            return None
        assert self._supervisor.stdin is not None
        self._supervisor.stdin.close()
        code = self._supervisor.wait()
        self._supervisor = None
        return code

    def kill(self) -> None:
        """`kill -9`, for fault tests."""
        os.kill(self.pid, signal.SIGKILL)
        if self._supervisor is not None:
            self._supervisor.wait()
            assert self._supervisor.stdin is not None
            self._supervisor.stdin.close()
            self._supervisor = None

    def last_words(self) -> str:
        try:
            lines = self.log.read_text(errors="replace").strip().splitlines()
        except OSError:
            lines = []
        telling = [line for line in lines[-60:] if "ERROR" in line or "FATAL" in line]
        last = (telling or lines or ["it said nothing"])[-1].strip()
        return f"{last[:300]} (log: {self.log})"


def free_port() -> int:
    """A port on the loopback address that nobody listens on at this moment, and that no process of
    ours gave out: until somebody listens on it, the kernel may offer it again, to others too. The
    claim ends with this process."""
    while True:
        with socket.socket() as probe:
            probe.bind(("127.0.0.1", 0))
            port = int(probe.getsockname()[1])
        if port not in _claims and (claim := _claim(port)) is not None:
            _claims[port] = claim
            return port


def _claim(port: int) -> int | None:
    directory = Path(tempfile.gettempdir()) / f"triskel-ports-{os.getuid()}"
    directory.mkdir(mode=0o700, exist_ok=True)
    claim = os.open(directory / str(port), os.O_CREAT | os.O_RDWR | os.O_CLOEXEC, 0o600)
    try:
        fcntl.flock(claim, fcntl.LOCK_EX | fcntl.LOCK_NB)
    except OSError:
        os.close(claim)
        return None
    return claim


def claim_port(port: int | None, what: str) -> int:
    """The port asked for, or a free one. Raises `SandboxError` if somebody has it."""
    if port is None:
        return free_port()
    with socket.socket() as probe:
        probe.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        try:
            probe.bind(("127.0.0.1", port))
        except OSError:
            raise SandboxError(
                f"port {port}, which {what} needs, is taken: stop the program that listens there "
                f"(see it with: ss -ltnp sport = :{port})"
            ) from None
    return port


def answers_on(port: int) -> bool:
    """Whether something accepts connections on a port of the loopback address."""
    with socket.socket() as probe:
        probe.settimeout(0.5)
        return probe.connect_ex(("127.0.0.1", port)) == 0
