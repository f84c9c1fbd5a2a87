"""Everything at once: each part is real and answers its own protocol; what is kept is kept."""

import smtplib
from collections.abc import Iterator
from email.message import EmailMessage
from pathlib import Path

import asyncpg
import httpx
import jwt
import pytest
from aiokafka import AIOKafkaConsumer, AIOKafkaProducer
from aiokafka.admin import AIOKafkaAdminClient, NewTopic

from triskel.sandbox import Infrastructure, open_sandbox

pytestmark = pytest.mark.connected


@pytest.fixture(scope="module")
def said() -> list[str]:
    return []


@pytest.fixture(scope="module")
def stack(said: list[str]) -> Iterator[Infrastructure]:
    with open_sandbox(say=said.append) as infrastructure:
        yield infrastructure


async def create_topic(bootstrap: str, topic: str) -> None:
    admin = AIOKafkaAdminClient(bootstrap_servers=bootstrap)
    await admin.start()
    try:
        await admin.create_topics([NewTopic(topic, num_partitions=1, replication_factor=1)])
    finally:
        await admin.close()


async def produce(bootstrap: str, topic: str, value: bytes) -> None:
    async with AIOKafkaProducer(
        bootstrap_servers=bootstrap, acks="all", enable_idempotence=True
    ) as producer:
        await producer.send_and_wait(topic, value)


async def consume(bootstrap: str, topic: str, count: int) -> list[bytes | None]:
    async with AIOKafkaConsumer(
        topic, bootstrap_servers=bootstrap, group_id="readers", auto_offset_reset="earliest"
    ) as consumer:
        return [(await consumer.getone()).value for _ in range(count)]


def token(stack: Infrastructure, **form: str) -> str:
    wanted = {
        "grant_type": "client_credentials",
        "client_id": "triskel",
        "client_secret": stack.client_secret or "",
        "subject": "anna",
        "roles": "school",
        "region": "FRH0",
    }
    answer = httpx.post(f"{stack.issuer}/token", data=wanted | form, timeout=None)
    assert answer.status_code == 200, answer.text
    return str(answer.json()["access_token"])


def keys(stack: Infrastructure) -> dict[str, object]:
    published: dict[str, object] = httpx.get(stack.jwks_url, timeout=None).json()
    return published


def verified(stack: Infrastructure, signed: str) -> dict[str, object]:
    key = jwt.PyJWKSet.from_dict(keys(stack))[jwt.get_unverified_header(signed)["kid"]]
    claims: dict[str, object] = jwt.decode(
        signed, key, algorithms=["ES256"], audience="triskel", issuer=stack.issuer
    )
    return claims


async def test_postgres_18_answers_as_superuser_and_is_as_durable_as_in_production(
    stack: Infrastructure,
) -> None:
    connection = await asyncpg.connect(stack.postgres_url)
    try:
        assert (await connection.fetchval("show server_version")).startswith("18.")
        assert await connection.fetchval("show is_superuser") == "on"
        shown = [
            await connection.fetchval(f"show {name}")
            for name in ("fsync", "max_connections", "shared_buffers", "wal_level")
        ]
        assert shown == ["on", "300", "256MB", "replica"]
    finally:
        await connection.close()


async def test_postgres_lets_nobody_in_without_the_password(stack: Infrastructure) -> None:
    with pytest.raises(asyncpg.InvalidPasswordError):
        await asyncpg.connect(stack.postgres_url, password="another")


async def test_kafka_returns_what_was_produced(stack: Infrastructure) -> None:
    await create_topic(stack.kafka_bootstrap, "registry.organisations")
    await produce(stack.kafka_bootstrap, "registry.organisations", b"an event")
    assert await consume(stack.kafka_bootstrap, "registry.organisations", 1) == [b"an event"]


def test_a_mail_sent_by_smtp_is_in_the_json_api(stack: Infrastructure) -> None:
    mail = EmailMessage()
    mail["From"], mail["To"], mail["Subject"] = "a@school.example", "b@firm.example", "Élan"
    mail.set_content("À bientôt")
    with smtplib.SMTP(stack.smtp_host, stack.smtp_port) as client:
        client.send_message(mail)
    (kept,) = httpx.get(
        f"{stack.mail_url}/api/messages", params={"to": "b@firm.example"}, timeout=None
    ).json()
    assert (kept["from"], kept["to"]) == ("a@school.example", ["b@firm.example"])
    assert (kept["subject"], kept["text"].strip()) == ("Élan", "À bientôt")


def test_a_token_can_be_verified_against_the_published_keys(stack: Infrastructure) -> None:
    claims = verified(stack, token(stack))
    assert (claims["sub"], claims["roles"], claims["region"]) == ("anna", ["school"], "FRH0")


def test_what_is_started_is_told(stack: Infrastructure, said: list[str]) -> None:
    parts = {"Kafka", "PostgreSQL", "mail", "token issuer"}
    assert {f"{part} is up" for part in parts} <= set(said)


async def test_data_in_a_named_directory_outlives_a_run(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    # a relative name, as `triskel up` gives it
    monkeypatch.chdir(tmp_path)
    with open_sandbox(data=Path("kept")) as first:
        connection = await asyncpg.connect(first.postgres_url)
        await connection.execute("create table kept as select 42 as answer")
        await connection.close()
        await create_topic(first.kafka_bootstrap, "kept")
        await produce(first.kafka_bootstrap, "kept", b"one")
        assert await consume(first.kafka_bootstrap, "kept", 1) == [b"one"]
        first_keys = keys(first)

    # every port is another one now, Kafka's controller's too
    with open_sandbox(data=Path("kept")) as second:
        connection = await asyncpg.connect(second.postgres_url)
        assert await connection.fetchval("select answer from kept") == 42
        await connection.close()
        await produce(second.kafka_bootstrap, "kept", b"two")
        # the group's offset was kept too
        assert await consume(second.kafka_bootstrap, "kept", 1) == [b"two"]
        assert second.client_secret == first.client_secret
        assert keys(second) == first_keys
