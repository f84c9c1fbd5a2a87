"""A pytest plugin: real infrastructure, started when first asked for, shared by the whole run."""

from collections.abc import Iterator
from pathlib import Path

import pytest

from triskel.sandbox import door
from triskel.sandbox.mail import MailSink, open_mail


@pytest.fixture(scope="session")
def postgres_url(tmp_path_factory: pytest.TempPathFactory) -> Iterator[str]:
    """The administrator's URL of a real PostgreSQL."""
    with door.postgres_url(_home(tmp_path_factory, "postgres")) as url:
        yield url


@pytest.fixture(scope="session")
def kafka_bootstrap(tmp_path_factory: pytest.TempPathFactory) -> Iterator[str]:
    """The bootstrap address of a real Kafka."""
    with door.kafka_bootstrap(_home(tmp_path_factory, "kafka")) as bootstrap:
        yield bootstrap


@pytest.fixture(scope="session")
def mail_sink(tmp_path_factory: pytest.TempPathFactory) -> Iterator[MailSink]:
    """A real SMTP server that keeps mails for the tests to read."""
    with open_mail(_home(tmp_path_factory, "mail")) as sink:
        yield sink


def _home(factory: pytest.TempPathFactory, name: str) -> Path:
    return factory.mktemp(name)
