"""Jars are the ones that were locked, all of one Kafka; a Java that is too old is not taken."""

import hashlib
from pathlib import Path

import pytest

from triskel.sandbox import SandboxError, jars

LOCK = jars.LOCK


def test_all_kafka_jars_have_one_version() -> None:
    coordinates = [name.split(":") for name, _ in jars.locked(LOCK)]
    versions = {a: v for group, a, v in coordinates if group.startswith("org.apache.kafka")}
    assert {"kafka_2.13", "kafka-clients", "kafka-server"} <= versions.keys()
    assert set(versions.values()) == {jars.KAFKA_VERSION}


def test_the_list_names_hashes_and_no_address() -> None:
    text = LOCK.read_text()
    assert "//" not in text
    assert f"org.apache.kafka:kafka_2.13:{jars.KAFKA_VERSION}" in text
    listed = jars.locked(LOCK)
    assert len(listed) > 40
    assert all(len(bytes.fromhex(digest)) == 32 for _, digest in listed)
    assert len({jars.file_name(name) for name, _ in listed}) == len(listed)


@pytest.fixture
def one_jar(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> tuple[Path, Path]:
    """(A list of one jar, and where that jar is, in a cache of its own)."""
    monkeypatch.setenv("TRISKEL_CACHE", str(tmp_path / "cache"))
    lock = tmp_path / "one-jars.lock"
    lock.write_text(f"# one\na.group:thing:1.0 {hashlib.sha256(b'good').hexdigest()}\n")
    jar = tmp_path / "cache" / f"kafka-{jars.KAFKA_VERSION}" / "thing-1.0.jar"
    jar.parent.mkdir(parents=True)
    return lock, jar


def test_a_cached_jar_is_taken_without_the_network(one_jar: tuple[Path, Path]) -> None:
    lock, jar = one_jar
    jar.write_bytes(b"good")
    said: list[str] = []
    assert jars.kafka_class_path(said.append, lock) == str(jar)
    assert said == []


def test_a_jar_with_another_hash_is_refused(one_jar: tuple[Path, Path]) -> None:
    lock, jar = one_jar
    jar.write_bytes(b"evil")
    with pytest.raises(SandboxError, match=r"a\.group:thing:1\.0.*SHA-256 differs.*delete"):
        jars.kafka_class_path(lock=lock)


def test_a_java_that_is_too_old_gives_way_to_the_wheel(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    old = tmp_path / "bin" / "java"
    old.parent.mkdir()
    old.write_text("#!/bin/sh\necho 'openjdk version \"11.0.2\"' >&2\n")
    old.chmod(0o755)
    monkeypatch.setenv("JAVA_HOME", str(tmp_path))
    monkeypatch.setenv("PATH", str(tmp_path))
    chosen = jars.java()
    assert chosen != str(old)
    assert jars.java_version(chosen) >= jars.OLDEST_JAVA
