"""What a person is promised: they are asked first; when they go, nothing of them stays."""

import email
import email.policy
import json
import re
from uuid import uuid4

import asyncpg
import pytest
from aiokafka import AIOKafkaProducer

from tests.callers import Caller
from triskel.chassis.client import ApiClient
from triskel.chassis.testing import eventually
from triskel.chassis.testing.topics import records_of
from triskel.cli.stack import Stack

pytestmark = pytest.mark.connected
TOPIC = "registry.contacts"


class Person:
    """Somebody with a very distinctive name, in a school of this test alone."""

    def __init__(self, stack: Stack, client: ApiClient) -> None:
        self.stack, self.client = stack, client
        self.needle = f"quetzalcoatl{uuid4().hex[:10]}"
        self.address = f"{self.needle}@school.example"
        self.coordinator = Caller(client, "coordinator")

    async def register(self) -> None:
        for kind in ("school", "company"):
            body = {"kind": kind, "names": {"fr": f"Un {kind}"}}
            made = await self.coordinator.does("POST", "registry", "/v1/organisations", body)
            setattr(self, kind, made["id"])
        body = {
            "organisation_id": self.school,
            "name": f"Zoé {self.needle.title()}",
            "email": self.address,
            "roles": ["teacher"],
        }
        head = Caller(self.client, "head", self.school)
        self.id = (await head.does("POST", "registry", "/v1/contacts", body))["id"]

    async def mails(self) -> list[str]:
        """What reached the mailbox, as plain text, the oldest first."""
        url = f"{self.stack.infrastructure.mail_url}/api/messages"
        found = []
        for each in (await self.client.get(url, params={"to": self.address})).json():
            raw = (await self.client.get(f"{url}/{each['id']}/raw")).content
            part = email.message_from_bytes(raw, policy=email.policy.default).get_body(("plain",))
            found.append(part.get_content() if part else "")
        return found

    async def until_mailed(self, number: int) -> list[str]:
        return list(await eventually(self.mails, lambda found: len(found) == number))

    async def confirm(self) -> None:
        (mail,) = await self.until_mailed(1)
        link = re.search(r"https?://\S+/confirm\?token=[\w-]+", mail)
        assert link is not None, mail
        page = await self.client.get(link[0])
        token = re.search(r'name="token" value="([\w-]+)"', page.text)
        assert page.status_code == 200 and token is not None
        self.token = token[1]
        done = await self.client.post(link[0].partition("?")[0], data={"token": self.token})
        assert done.status_code == 200, done.text
        # the link ends with its use
        assert (await self.client.get(link[0])).status_code == 404

    async def known_as_confirmed(self) -> None:
        async def known() -> bool:
            connection = await asyncpg.connect(self.stack.databases["notifications"])
            found = await connection.fetchval(
                "select confirmed from contacts where id = $1", self.id
            )
            await connection.close()
            return bool(found)

        await eventually(known, bool)

    async def act(self) -> None:
        """They ask a company for a lesson, which answers; so they are written to."""
        them = Caller(self.client, "teacher", self.school, self.address)
        host = Caller(self.client, "company", self.company)
        body = {
            "format": "parents-day",
            "title": "Une soirée",
            "school_year": "2025-2026",
            "host_id": self.company,
            "school_id": self.school,
        }
        known = await them.does("POST", "activities", "/v1/activities", body)
        for who, action in ((them, "propose"), (host, "accept")):
            path = f"/v1/activities/{known['id']}/{action}"
            known = await who.does("POST", "activities", path, version=known["version"])

    async def spoil_a_record(self) -> None:
        """A record of theirs that nobody can read, so that it lies among the dead letters."""
        producer = AIOKafkaProducer(bootstrap_servers=self.stack.infrastructure.kafka_bootstrap)
        await producer.start()
        value = json.dumps({"contact": {"name": self.needle, "email": self.address}}).encode()
        headers = [
            ("ce_id", b"1"),
            ("ce_type", b"triskel.registry.contact-updated.v1"),
            ("ce_source", b"/regions/FRH0/registry"),
            ("ce_subject", self.id.encode()),
            ("ce_time", b"2025-10-01T08:00:00Z"),
            ("ce_sequence", b"9"),
            ("ce_region", b"FRH0"),
        ]
        await producer.send_and_wait(TOPIC, value, key=self.id.encode(), headers=headers)
        await producer.stop()

    async def erase(self) -> None:
        path = f"/v1/contacts/{self.id}"
        known = await self.coordinator.does("GET", "registry", path)
        await self.coordinator.does("DELETE", "registry", path, version=known["version"])

    async def traces(self) -> set[str]:
        """Every table of every service that holds the name, in text or in bytes, and every log."""
        sought = [f"%{self.needle}%", f"%{self.needle.encode().hex()}%"]
        sought.append(f"%{self.needle.title().encode().hex()}%")
        found = set()
        for service, url in self.stack.databases.items():
            connection = await asyncpg.connect(url)
            tables = await connection.fetch(
                "select table_name as name from information_schema.tables "
                "where table_schema = 'public' and table_type = 'BASE TABLE'"
            )
            for (table,) in tables:
                question = f'select count(*) from "{table}" as t where t::text ilike any ($1)'
                if await connection.fetchval(question, sought):
                    found.add(f"{service}.{table.rstrip('0123456789')}")
            await connection.close()
        return found | {name for name, text in self.logs() if self.needle in text.lower()}

    def logs(self) -> list[tuple[str, str]]:
        assert self.stack.clock_file is not None
        found = [
            (path.name, path.read_text()) for path in self.stack.clock_file.parent.glob("*.log")
        ]
        # the control: these are the logs of the four, and something is in them
        assert {name.removesuffix(".log") for name, text in found if "ready" in text} >= set(
            self.stack.databases
        )
        return found

    async def records(self) -> list[bytes | None]:
        """The person's records on the bus, the oldest first."""
        found = await records_of(self.stack.infrastructure.kafka_bootstrap, TOPIC)
        return [record.value for record in found if record.key == self.id.encode()]


async def test_who_goes_leaves_no_trace_in_any_table_or_log_and_a_tombstone_on_the_bus(
    stack: Stack, client: ApiClient
) -> None:
    person = Person(stack, client)
    await person.register()
    await person.confirm()
    await person.known_as_confirmed()
    await person.act()
    await person.until_mailed(2)
    await person.spoil_a_record()
    before = await eventually(person.traces, lambda found: "notifications.dead_letters" in found)
    # the control: the search finds them where they are, in text and in bytes
    assert before >= {"registry.contacts", "registry.outbox_", "notifications.contacts"}
    exported = await person.coordinator.does("GET", "registry", f"/v1/contacts/{person.id}/export")
    assert exported["contact"]["confirmed_by"] == "invitation"
    path = f"/v1/people/{person.id}/export"
    told = await person.coordinator.does("GET", "notifications", path)
    assert {m["reason"] for m in told["messages"]} == {"contact-invited", "activity-accepted"}
    await person.erase()
    assert await eventually(person.traces, lambda found: not found) == set()
    on_the_bus = await person.records()
    assert person.address.encode() in (on_the_bus[0] or b"")
    assert on_the_bus[-1] is None
    # the link's token was in no record and in no log at any time
    told = [value or b"" for value in on_the_bus]
    told += [log.encode() for _, log in person.logs()]
    assert not [value for value in told if person.token.encode() in value]
    assert (await person.coordinator.call("GET", "notifications", path)).status_code == 404
