"""Real Apache Kafka in one process (KRaft), from its own jars. Several can run side by side."""

import base64
import os
import subprocess
import uuid
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path

from triskel.sandbox.children import Child, claim_port, free_port
from triskel.sandbox.errors import SandboxError
from triskel.sandbox.jars import Say, java, kafka_class_path

_STARTED = b"Kafka Server started"
_HEAP = ["-Xmx384m", "-XX:+UseSerialGC", "-XX:TieredStopAtLevel=1"]


@dataclass(frozen=True)
class KafkaBroker:
    """`bootstrap` is `127.0.0.1:PORT`."""

    bootstrap: str
    child: Child

    def kill(self) -> None:
        self.child.kill()

    def restart(self) -> None:
        _start(self.child)


def _settings(data: Path, port: int, controller: int, advertised: int) -> dict[str, str]:
    return {
        "process.roles": "broker,controller",
        "node.id": "1",
        "controller.quorum.bootstrap.servers": f"127.0.0.1:{controller}",
        "listeners": f"BROKER://127.0.0.1:{port},CONTROLLER://127.0.0.1:{controller}",
        "advertised.listeners": f"BROKER://127.0.0.1:{advertised}",
        "listener.security.protocol.map": "BROKER:PLAINTEXT,CONTROLLER:PLAINTEXT",
        "inter.broker.listener.name": "BROKER",
        "controller.listener.names": "CONTROLLER",
        "log.dirs": str(data / "log"),
        "auto.create.topics.enable": "false",
        "offsets.topic.replication.factor": "1",
        "offsets.topic.num.partitions": "1",
        "transaction.state.log.replication.factor": "1",
        "transaction.state.log.min.isr": "1",
        "transaction.state.log.num.partitions": "1",
        "share.coordinator.state.topic.replication.factor": "1",
        "share.coordinator.state.topic.min.isr": "1",
        "share.coordinator.state.topic.num.partitions": "1",
        "group.initial.rebalance.delay.ms": "0",
        # after a kill, the new process waits until the old one's session has ended
        "broker.session.timeout.ms": "3000",
        "broker.heartbeat.interval.ms": "500",
        "log.cleaner.dedupe.buffer.size": "4194304",
    }


def _start(child: Child) -> None:
    begin = child.log.stat().st_size if child.log.exists() else 0

    def started() -> bool:
        if not child.log.exists():
            return False
        with child.log.open("rb") as log:
            log.seek(begin)
            return _STARTED in log.read()

    child.start()
    child.wait_until(started, "the broker is still starting")


@contextmanager
def open_kafka(
    name: str,
    data: Path,
    port: int | None = None,
    say: Say = lambda _: None,
    advertised: int | None = None,
) -> Iterator[KafkaBroker]:
    """A broker on the loopback address whose log is below `data`, kept when it exists. With
    `advertised` clients are sent to that port: somebody passes on from there."""
    class_path = kafka_class_path(say)
    data.mkdir(parents=True, exist_ok=True)
    port = claim_port(port, f"Kafka ({name})")
    run = [java(), *_HEAP, "-Dorg.slf4j.simpleLogger.showDateTime=true", "-cp", class_path]
    properties = data / "server.properties"
    settings = _settings(data, port, free_port(), advertised or port)
    properties.write_text("".join(f"{key}={value}\n" for key, value in settings.items()))
    if not (data / "log" / "meta.properties").exists():
        # a cluster id that begins with a hyphen would be read as an option
        cluster = "T" + base64.urlsafe_b64encode(uuid.uuid4().bytes).decode()[1:22]
        options = ["format", "-t", cluster, "-c", str(properties), "--standalone"]
        done = subprocess.run(
            [*run, "kafka.tools.StorageTool", *options],
            capture_output=True,
            text=True,
            check=False,
        )
        if done.returncode != 0:
            last = (done.stderr.strip() or done.stdout.strip() or "no words").splitlines()[-1]
            raise SandboxError(f"Kafka could not format its storage {data / 'log'}: {last}")
    environment = {key: value for key, value in os.environ.items() if key != "KAFKA_OPTS"}
    child = Child(
        f"kafka-{name}", [*run, "kafka.Kafka", str(properties)], data, environment=environment
    )
    try:
        _start(child)
        yield KafkaBroker(f"127.0.0.1:{advertised or port}", child)
    finally:
        child.stop()
