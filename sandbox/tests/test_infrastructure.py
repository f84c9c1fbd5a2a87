"""What wins: addresses from the environment, then containers, then the embedded servers."""

import os
import subprocess
import sys
from pathlib import Path

import pytest

from triskel.sandbox import Infrastructure, SandboxError, infrastructure, open_sandbox

ADDRESSES = {
    "TRISKEL_POSTGRES_URL": "postgresql://me:secret@db.example:5432/postgres",
    "TRISKEL_KAFKA_BOOTSTRAP": "kafka.example:9092",
    "TRISKEL_SMTP_URL": "smtp://mail.example:2525",
    "TRISKEL_ISSUER": "https://login.example",
    "TRISKEL_JWKS_URL": "https://login.example/keys",
}


@pytest.fixture(autouse=True)
def no_addresses(monkeypatch: pytest.MonkeyPatch) -> None:
    for name in (*ADDRESSES, "TRISKEL_SANDBOX"):
        monkeypatch.delenv(name, raising=False)


def give(monkeypatch: pytest.MonkeyPatch, **others: str) -> None:
    for name, value in (ADDRESSES | others).items():
        monkeypatch.setenv(name, value)


def refused() -> str:
    with pytest.raises(SandboxError) as told, open_sandbox():
        pass
    assert "\n" not in str(told.value)
    return str(told.value)


def test_addresses_in_the_environment_win_and_start_nothing(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    give(monkeypatch)
    with open_sandbox() as infrastructure:
        pass
    assert infrastructure == Infrastructure(
        postgres_url="postgresql://me:secret@db.example:5432/postgres",
        kafka_bootstrap="kafka.example:9092",
        smtp_host="mail.example",
        smtp_port=2525,
        mail_url=None,
        issuer="https://login.example",
        jwks_url="https://login.example/keys",
        client_secret=None,
    )


def test_each_address_wins_on_its_own(monkeypatch: pytest.MonkeyPatch) -> None:
    give(monkeypatch, TRISKEL_SMTP_URL="")
    with open_sandbox() as infrastructure:
        assert infrastructure.kafka_bootstrap == "kafka.example:9092"
        assert infrastructure.smtp_host == "127.0.0.1"
        assert infrastructure.mail_url is not None


def test_an_unknown_mode_is_named_with_those_that_there_are(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setenv("TRISKEL_SANDBOX", "docker")
    assert refused() == "TRISKEL_SANDBOX is 'docker': must be one of embedded, containers"


@pytest.mark.parametrize(
    ("name", "value"),
    [
        ("TRISKEL_SMTP_URL", "mail.example:25"),
        pytest.param(
            "TRISKEL_POSTGRES_URL",
            "postgresql+asyncpg://me:secret@db.example/postgres",
        ),
        # the infrastructure has no place for TLS, a user or a password: they would be lost
        pytest.param("TRISKEL_SMTP_URL", "smtps://mail.example:465"),
        pytest.param("TRISKEL_SMTP_URL", "smtp://me:secret@mail.example:25"),
        pytest.param("TRISKEL_SMTP_URL", "smtp://mail.example:many"),
        ("TRISKEL_JWKS_URL", ""),
    ],
)
def test_an_address_that_cannot_be_meant_is_named_and_its_password_is_not(
    monkeypatch: pytest.MonkeyPatch, name: str, value: str
) -> None:
    give(monkeypatch, **{name: value})
    message = refused()
    assert name in message
    assert "secret" not in message


def test_containers_without_an_engine_are_refused_in_one_line(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setenv("TRISKEL_SANDBOX", "containers")
    monkeypatch.setenv("DOCKER_HOST", "tcp://127.0.0.1:1")
    message = refused()
    assert "container could not be started" in message
    assert "start a Docker engine, or unset TRISKEL_SANDBOX" in message


def test_containers_are_of_the_images_that_the_compose_file_pins() -> None:
    compose = Path(__file__).parents[2] / "docker-compose.yml"
    text = compose.read_text(encoding="utf-8")
    for image in (infrastructure.POSTGRES_IMAGE, infrastructure.KAFKA_IMAGE):
        assert f"    image: {image}\n" in text


def test_the_plugin_lets_addresses_win(tmp_path: Path) -> None:
    (tmp_path / "test_it.py").write_text(
        "def test_it(postgres_url, kafka_bootstrap, mail_sink):\n"
        "    assert postgres_url.startswith('postgresql://me')\n"
        "    assert kafka_bootstrap == 'kafka.example:9092'\n"
        "    assert (mail_sink.smtp_host, mail_sink.smtp_port) == ('mail.example', 2525)\n"
        "    assert mail_sink.url is None\n"
    )
    done = subprocess.run(
        [sys.executable, "-m", "pytest", "-q", "-p", "triskel.sandbox.fixtures", str(tmp_path)],
        cwd=tmp_path,
        env=os.environ | ADDRESSES,
        capture_output=True,
        text=True,
        check=False,
    )
    assert done.returncode == 0, done.stdout
