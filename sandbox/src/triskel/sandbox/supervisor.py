"""A supervisor keeps one child process and ends it when the parent is gone, however it went.

`python -m triskel.sandbox.supervisor --log FILE --pid FILE [--stop INT] -- command …`. The parent
holds the other end of the supervisor's standard input: at end of file the supervisor asks the child
to stop, waits ten seconds and kills it. The supervisor has a session of its own, so that Ctrl-C in
a terminal reaches the parent only; if the supervisor is killed, the kernel kills the child.

A supervisor that comes up when its parent is gone, or when the directory of its files is, starts
nothing and says nothing: nobody waits for it any more.
"""

import argparse
import ctypes
import os
import select
import signal
import subprocess
import sys
from pathlib import Path

GRACE_SECONDS = 10
NOTHING_STARTED = 1
"""the exit code of a supervisor that nobody waits for any more"""
_PR_SET_PDEATHSIG = 1


def die_with_parent(parent: int) -> None:
    """Ask the kernel to kill this process when its parent dies. For use between fork and exec."""
    ctypes.CDLL(None).prctl(_PR_SET_PDEATHSIG, signal.SIGKILL)
    if os.getppid() != parent:  # it died before we could ask
        os._exit(1)


def _orphaned(parent: int) -> int | None:
    """What becomes readable when the parent ends; None when it is gone already. Its end of the pipe
    is not enough: a fork of the parent holds that too, and may outlive it."""
    try:
        watched = os.pidfd_open(parent)
    except ProcessLookupError:
        return None
    return watched if os.getppid() == parent else None


def main() -> int:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--parent", type=int, required=True)
    parser.add_argument("--log", type=Path, required=True)
    parser.add_argument("--pid", type=Path, required=True)
    parser.add_argument("--stop", default="TERM", choices=["TERM", "INT"])
    parser.add_argument("command", nargs="+")
    options = parser.parse_args()
    stop = signal.SIGTERM if options.stop == "TERM" else signal.SIGINT

    asked_read, asked_write = os.pipe()
    signal.signal(signal.SIGTERM, lambda *_: os.write(asked_write, b"."))
    signal.signal(signal.SIGINT, signal.SIG_IGN)
    orphaned = _orphaned(options.parent)
    if orphaned is None or select.select([0, asked_read, orphaned], [], [], 0)[0]:
        return NOTHING_STARTED
    try:
        log = options.log.open("ab")
    except FileNotFoundError:
        return NOTHING_STARTED
    supervisor = os.getpid()
    with log:
        child = subprocess.Popen(
            options.command,
            stdin=subprocess.DEVNULL,
            stdout=log,
            stderr=subprocess.STDOUT,
            preexec_fn=lambda: die_with_parent(supervisor),
        )
    ended = os.pidfd_open(child.pid)
    ready: list[int] = []
    # written whole or not at all: the parent polls for it
    fresh = options.pid.with_suffix(".new")
    try:
        fresh.write_text(str(child.pid))
        fresh.rename(options.pid)
    except FileNotFoundError:
        pass  # the directory was removed meanwhile: nobody waits for the child
    else:
        ready, _, _ = select.select([0, asked_read, ended, orphaned], [], [])
    if ended not in ready:
        child.send_signal(stop)
        try:
            child.wait(GRACE_SECONDS)
        except subprocess.TimeoutExpired:
            child.kill()
    return child.wait()


if __name__ == "__main__":
    sys.exit(main())
