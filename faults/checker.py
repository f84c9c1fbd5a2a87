"""What was promised against what is there. It knows topics, tables and HTTP answers from outside:
nothing of the chassis or of the contracts is imported here."""

import json
from collections import Counter, defaultdict
from collections.abc import Iterable, Mapping, Sequence, Set
from dataclasses import dataclass, field
from typing import Any

import asyncpg
from aiokafka import AIOKafkaConsumer, TopicPartition

# topic -> (owner, its table)
OWNERS = {
    "registry.organisations": ("registry", "organisations"),
    "registry.contacts": ("registry", "contacts"),
    "registry.partnerships": ("registry", "partnerships"),
    "activities.activities": ("activities", "activities"),
}
# topic -> [(reader, its projection)]
PROJECTIONS = {
    "registry.organisations": [
        ("activities", "organisations"),
        ("notifications", "organisations"),
        ("metrics", "organisations"),
    ],
    "registry.contacts": [("notifications", "contacts")],
    "registry.partnerships": [("activities", "partnerships"), ("metrics", "partnerships")],
    "activities.activities": [("registry", "planned_activities"), ("metrics", "activities")],
}
# topic -> who reads it; of the others nobody sends what cannot be read
READERS = {"activities.activities": ("registry", "notifications", "metrics")}
Versions = Mapping[str, int]
Place = tuple[int, int]
"""(partition, offset) in a topic"""
Record = tuple[str, int]
"""(key, version) as a topic has them, in the order of a partition"""


@dataclass
class Findings:
    """Defects by kind, each as a readable line."""

    defects: dict[str, list[str]] = field(default_factory=lambda: defaultdict(list))

    def add(self, kind: str, found: Iterable[str]) -> None:
        if lines := list(found):
            self.defects[kind] += lines

    def __str__(self) -> str:
        return "\n".join(
            f"{kind}: {len(lines)}, such as {lines[0]}" for kind, lines in self.defects.items()
        )


def lost_answers(accepted: Iterable[Record], owned: Versions) -> Iterable[str]:
    """What a caller was told is there, and is not."""
    for key, version in accepted:
        if owned.get(key, 0) < version:
            yield f"{key} was answered as version {version}, kept is {owned.get(key, 0)}"


def missing_events(owned: Versions, log: Iterable[Record]) -> Iterable[str]:
    """Versions that the owner has committed and the topic does not have."""
    said = set(log)
    for key, version in owned.items():
        for each in range(1, version + 1):
            if (key, each) not in said:
                yield f"{key} version {each}"


def invented_events(owned: Versions, log: Iterable[Record]) -> Iterable[str]:
    """Versions in the topic that the owner never committed."""
    for key, version in set(log):
        if version > owned.get(key, 0):
            yield f"{key} version {version}"


def out_of_order(log: Iterable[Record]) -> Iterable[str]:
    """A version that appears for the first time after a later one."""
    seen: dict[str, int] = defaultdict(int)
    already: set[Record] = set()
    for key, version in log:
        if (key, version) in already:
            continue  # a repeat: at least once is allowed on the wire
        already.add((key, version))
        if version < seen[key]:
            yield f"{key} version {version} after {seen[key]}"
        seen[key] = max(seen[key], version)


def stale_projections(owned: Versions, projected: Versions) -> Iterable[str]:
    """A reader that stands elsewhere than the owner."""
    for key in owned.keys() | projected.keys():
        if owned.get(key) != projected.get(key):
            yield f"{key}: {projected.get(key)} instead of {owned.get(key)}"


def told_twice(mails: Iterable[tuple[str, str, str]]) -> Iterable[str]:
    """(person, subject line and calendar sequence, Message-ID): the same news under two ids."""
    ids: dict[tuple[str, str], set[str]] = defaultdict(set)
    for person, news, number in mails:
        ids[person, news].add(number)
    for (person, news), found in ids.items():
        if len(found) > 1:
            yield f"{person}: {news} ({len(found)} mails)"


def repeated_mails(mails: Iterable[tuple[str, str, str]]) -> int:
    """Mails that came more than once under one Message-ID: a crash after the server's yes."""
    return sum(count - 1 for count in Counter(number for _, _, number in mails).values())


def unequal_figures(live: Sequence[Any], rebuilt: Sequence[Any]) -> Iterable[str]:
    keyed = [
        {json.dumps({**f, "value": None}, sort_keys=True): f for f in x} for x in (live, rebuilt)
    ]
    for key in keyed[0].keys() | keyed[1].keys():
        if keyed[0].get(key) != keyed[1].get(key):
            yield key


async def versions_in(url: str, table: str) -> dict[str, int]:
    connection = await asyncpg.connect(url)
    try:
        rows = await connection.fetch(f"select id::text as id, version from {table}")
    finally:
        await connection.close()
    return {row["id"]: row["version"] for row in rows}


async def _records(bootstrap: str, topic: str) -> list[Any]:
    """Every record of a topic, each partition in its order."""
    consumer = AIOKafkaConsumer(bootstrap_servers=bootstrap, auto_offset_reset="earliest")
    await consumer.start()
    try:
        numbers = consumer.partitions_for_topic(topic) or set()
        if not numbers:
            await consumer._client.force_metadata_update()
            numbers = set(range(4))
        places = [TopicPartition(topic, number) for number in sorted(numbers)]
        consumer.assign(places)
        ends = await consumer.end_offsets(places)
        found: list[Any] = []
        for place in places:
            consumer.seek(place, 0)
        while any([await consumer.position(place) < end for place, end in ends.items()]):
            for records in (await consumer.getmany(timeout_ms=500)).values():
                found += records
    finally:
        await consumer.stop()
    return found


def _said(record: Any) -> Record | None:
    """What a record says; null for one that no service can have written."""
    try:
        version = int(dict(record.headers)["ce_sequence"])
        json.loads(record.value)
        return record.key.decode(), version
    except (KeyError, ValueError, TypeError, AttributeError):
        return None


async def log_of(bootstrap: str, topic: str) -> list[Record]:
    """Every readable record of a topic, each partition in its order; others are passed over."""
    return [said for each in await _records(bootstrap, topic) if (said := _said(each))]


async def unreadable(bootstrap: str, topic: str) -> set[Place]:
    """Where a topic has records that no reader can take; types of a version to come are no such."""
    return {
        (each.partition, each.offset)
        for each in await _records(bootstrap, topic)
        if _said(each) is None and b"dreamt-of" not in (dict(each.headers).get("ce_type") or b"")
    }


def wrong_dead_letters(unread: Set[Place], letters: Mapping[str, Set[Place]]) -> Iterable[str]:
    """Per reader: what nobody can read and is no dead letter; a dead letter that can be read."""
    for reader, kept in letters.items():
        for partition, offset in sorted(unread - kept):
            yield f"{reader} has lost {partition}/{offset}"
        for partition, offset in sorted(kept - unread):
            yield f"{reader} has {partition}/{offset}, which can be read"


# who must hear of a step, in a stack with one reader on each side
TOLD = {
    "activity": {
        "propose": 1,
        "accept": 1,
        "schedule": 2,
        "propose-date": 1,
        "agree-date": 2,
        "cancel": 2,
    },
    "partnership": {"propose": 1, "accept": 1},
}


async def expected_mails(databases: Mapping[str, str]) -> int:
    """Counted from the owners' histories, not from what notifications believes."""
    total = 0
    for service, kind in (("activities", "activity"), ("registry", "partnership")):
        connection = await asyncpg.connect(databases[service])
        rows = await connection.fetch(
            f"select action, count(*) as steps from {kind}_steps group by action"
        )
        await connection.close()
        total += sum(TOLD[kind].get(row["action"], 0) * row["steps"] for row in rows)
    return total


async def dead_letters(databases: Mapping[str, str], topic: str) -> dict[str, set[Place]]:
    """Of each reader of a topic, those that people have decided on too."""
    found: dict[str, set[Place]] = {}
    for reader in READERS[topic]:
        connection = await asyncpg.connect(databases[reader])
        rows = await connection.fetch(
            'select partition, "offset" from dead_letters where origin_topic = $1', topic
        )
        found[reader] = {(row["partition"], row["offset"]) for row in rows}
        await connection.close()
    return found


async def parked(databases: Mapping[str, str]) -> list[str]:
    """Rows that a relay gave up on: nothing that happened here is a reason to."""
    found: list[str] = []
    for service, url in databases.items():
        connection = await asyncpg.connect(url)
        rows = await connection.fetch("select topic, key, reason from relay_parked")
        found += [f"{service}: {row['topic']} {row['key']}: {row['reason']}" for row in rows]
        await connection.close()
    return found


async def check(
    databases: Mapping[str, str], bootstrap: str, accepted: Mapping[str, Sequence[Record]]
) -> Findings:
    """Everything that tables and topics can tell."""
    findings = Findings()
    for topic, (owner, table) in OWNERS.items():
        owned = await versions_in(databases[owner], table)
        log = await log_of(bootstrap, topic)
        findings.add(f"lost answers of {topic}", lost_answers(accepted.get(topic, ()), owned))
        findings.add(f"missing in {topic}", missing_events(owned, log))
        findings.add(f"invented in {topic}", invented_events(owned, log))
        findings.add(f"out of order in {topic}", out_of_order(log))
        if topic in READERS:
            letters = await dead_letters(databases, topic)
            wrong = wrong_dead_letters(await unreadable(bootstrap, topic), letters)
            findings.add(f"dead letters of {topic}", wrong)
        for reader, projection in PROJECTIONS[topic]:
            projected = await versions_in(databases[reader], projection)
            findings.add(f"{reader}.{projection}", stale_projections(owned, projected))
    return findings
