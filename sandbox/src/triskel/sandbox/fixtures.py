"""A pytest plugin: real infrastructure, started when first asked for, shared by the whole run."""

import os
import tempfile
from collections.abc import Iterator
from pathlib import Path
from typing import NamedTuple

import pytest

from triskel.sandbox import infrastructure


class MailAddress(NamedTuple):
    """`url` is None for an SMTP server of your own."""

    smtp_host: str
    smtp_port: int
    url: str | None


@pytest.fixture(scope="session")
def postgres_url(tmp_path_factory: pytest.TempPathFactory) -> Iterator[str]:
    """The administrator's URL of a real PostgreSQL, in memory where the machine allows it: a test
    of crashes starts one of its own with `open_postgres`."""
    memory = "/dev/shm" if os.access("/dev/shm", os.W_OK) else None
    with (
        tempfile.TemporaryDirectory(prefix="triskel-postgres-", dir=memory) as home,
        infrastructure.postgres_url(Path(home), durable=False) as url,
    ):
        yield url


@pytest.fixture(scope="session")
def kafka_bootstrap(tmp_path_factory: pytest.TempPathFactory) -> Iterator[str]:
    """The bootstrap address of a real Kafka."""
    with infrastructure.kafka_bootstrap(_home(tmp_path_factory, "kafka")) as bootstrap:
        yield bootstrap


@pytest.fixture(scope="session")
def mail_sink(tmp_path_factory: pytest.TempPathFactory) -> Iterator[MailAddress]:
    """A real SMTP server that keeps mails for the tests to read."""
    with infrastructure.smtp_address(_home(tmp_path_factory, "mail")) as (host, port, url):
        yield MailAddress(host, port, url)


def _home(factory: pytest.TempPathFactory, name: str) -> Path:
    return factory.mktemp(name)
