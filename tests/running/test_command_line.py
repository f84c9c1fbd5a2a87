"""The command line in front of a running stack: what it prints, and how it says what is wrong."""

import asyncio
import json
import subprocess
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import asyncpg
import pytest

from triskel.cli.demo import COLLEGES
from triskel.cli.stack import HOME, Stack, noted

pytestmark = pytest.mark.connected
Run = Callable[..., subprocess.CompletedProcess[str]]


@pytest.fixture
def run(stack: Stack, tmp_path: Path, triskel: Run) -> Iterator[Run]:
    """`triskel` in a directory from which a stack runs."""

    def run(*words: str, **more: Any) -> subprocess.CompletedProcess[str]:
        return triskel(*words, cwd=tmp_path, **more)

    with noted(stack, tmp_path / HOME):
        yield run


def test_import_reports_and_a_second_time_changes_nothing(run: Run) -> None:
    first = run("import", "fr-effectifs-colleges", str(COLLEGES), "--json")
    assert first.returncode == 0, first.stderr
    assert json.loads(first.stdout)["created"] == 374
    again = run("import", "fr-effectifs-colleges", str(COLLEGES), "--json")
    assert json.loads(again.stdout)["unchanged"] == 374


def test_a_wrong_file_is_refused_in_one_line(run: Run, tmp_path: Path) -> None:
    wrong = tmp_path / "wrong.csv"
    wrong.write_text("a;b\n1;2\n", encoding="utf-8")
    done = run("import", "fr-annuaire", str(wrong))
    assert done.returncode == 1
    assert "lacks the column" in done.stderr
    assert "Traceback" not in done.stderr


def test_a_row_that_is_wrong_is_told_and_is_no_success(run: Run, tmp_path: Path) -> None:
    bad = tmp_path / "bad.csv"
    bad.write_text(
        "kind,name,scheme,identifier,country\ncompany,Atelier,siren,732829321,FR\n",
        encoding="utf-8",
    )
    done = run("import", "triskel-template", str(bad), "--json")
    assert done.returncode == 1
    report = json.loads(done.stdout)
    assert report["refused"] == 1
    assert report["refusals"][0]["line"] == 2
    assert report["refusals"][0]["field"] == "identifier"


def test_how_a_file_was_read_and_what_was_left_out_of_it_is_told(run: Run, tmp_path: Path) -> None:
    file = tmp_path / "windows.csv"
    text = "sep=\t\nkind\tname\tscheme\tidentifier\tcountry\tcapacity\n"
    file.write_bytes((text + "company\tForgé\tsiren\t732829320\tFR\tNR\n").encode("cp1252"))
    done = run("import", "triskel-template", str(file), "--dry-run")
    assert done.returncode == 0, done.stderr
    assert "read as windows-1252, separated by tab" in done.stdout
    assert "line 3, capacity = 'NR'" in done.stdout
    file.write_bytes(file.read_bytes() + b'company\t"Cass')
    damaged = run("import", "triskel-template", str(file))
    assert damaged.returncode == 1
    assert "Line 4: " in damaged.stderr


def test_tail_shows_what_was_said_and_never_a_person(run: Run) -> None:
    done = run("tail", "--from-beginning", "--count", "5", "--topic", "metrics.reference")
    assert done.returncode == 0, done.stderr
    assert done.stdout.count("enrolment-published") == 5
    one = run("tail", "--from-beginning", "--count", "1", "--topic", "metrics.reference", "--json")
    assert json.loads(one.stdout)["type"] == "triskel.metrics.enrolment-published.v1"
    assert run("tail", "--topic", "registry.contacts").returncode == 1
    assert run("tail", "--topic", "registry.nothing").returncode == 2


def test_lag_and_dead_letters_are_told(run: Run) -> None:
    rows = json.loads(run("lag", "--service", "metrics", "--json").stdout)
    assert {row["topic"] for row in rows} >= {"metrics.reference", "registry.organisations"}
    assert run("lag").returncode == 0
    assert json.loads(run("dlq", "list", "--json").stdout) == []
    assert "no dead letters" in run("dlq", "list").stdout
    missing = run("dlq", "show", "metrics", "999")
    assert missing.returncode == 1
    assert "no such dead letter" in missing.stderr


def test_where_readers_stand_is_told_and_set_by_a_command(run: Run) -> None:
    listed = json.loads(run("offsets", "list", "--service", "metrics", "--json").stdout)
    row = next(r for r in listed if r["topic"] == "metrics.reference" and r["end_offset"])
    assert row["topic_id"] is not None
    assert row["stopped"] is None
    assert "no reader has stopped" in run("offsets", "list", "--stopped").stdout
    place = ("metrics", row["topic"], str(row["partition"]))
    beyond = run("offsets", "set", *place, "999999", "--yes")
    assert beyond.returncode == 1
    assert "The log of metrics.reference" in beyond.stderr
    unheard = run("offsets", "set", "metrics", "registry.contacts", "0", "end", "--yes")
    assert unheard.returncode == 1
    assert "hears no partition" in unheard.stderr
    again = json.loads(run("offsets", "set", *place, "begin", "--json").stdout)
    assert again["next_offset"] == again["begin_offset"]


def test_a_parked_key_is_listed_and_released_by_a_command(run: Run, stack: Stack) -> None:
    """In a topic that nobody reads, with rows that Kafka never takes at first."""

    async def changed(sql: str) -> None:
        connection = await asyncpg.connect(stack.databases["activities"])
        await connection.execute(sql)
        await connection.close()

    large = "convert_to(repeat('x', 2000000), 'UTF8')"
    asyncio.run(
        changed(
            "insert into outbox (topic, key, value, headers) "
            f"values ('activities.offers', 'large', {large}, '{{}}'), "
            f"('activities.offers', 'larger', {large}, '{{}}')"
        )
    )

    def listed() -> list[dict[str, Any]]:
        found: list[dict[str, Any]] = json.loads(run("outbox", "list", "--json").stdout)
        return found

    while len(found := listed()) < 2:
        pass  # each look starts a process: the relay has come by then, or soon
    assert [row["key"] for row in found] == ["large", "larger"]
    assert {(row["service"], row["bytes"]) for row in found} == {("activities", 2_000_000)}
    told = run("outbox", "list").stdout
    assert "larger than" in told and "triskel outbox release SERVICE TOPIC KEY" in told
    asyncio.run(changed("update outbox set value = '1' where length(value) > 1000000"))
    released = run("outbox", "release", "activities", "activities.offers", "large")
    assert released.returncode == 0, released.stderr
    assert "1 rows of activities.offers/large are sent again" in released.stdout
    again = run("outbox", "release", "activities", "activities.offers", "large")
    assert again.returncode == 1
    assert "No row of this key is parked" in again.stderr
    rest = json.loads(run("outbox", "release", "activities", "--all", "--json").stdout)
    assert [(row["key"], row["rows"]) for row in rest] == [("larger", 1)]
    assert listed() == []
    assert "no parked keys" in run("outbox", "list").stdout


def test_migrate_has_nothing_to_do_in_a_stack_that_runs(run: Run) -> None:
    done = run("migrate", "registry", "--json")
    assert json.loads(done.stdout) == {"service": "registry", "applied": []}


def test_rebuild_asks_first(run: Run) -> None:
    assert run("rebuild", "metrics", input="n\n").returncode == 1
    done = run("rebuild", "metrics", "--yes")
    assert "organisations" in done.stdout, done.stderr


def test_a_token_is_one_line_and_a_wrong_role_is_refused_by_the_service(run: Run) -> None:
    token = run("token", "teacher").stdout.strip()
    assert token.count(".") == 2
    refused = run("lag", environment={"TRISKEL_TOKEN": token})
    assert refused.returncode == 1
    assert "ops" in refused.stderr
    wrong = run("lag", environment={"TRISKEL_TOKEN": "x"})
    assert wrong.returncode == 1
    assert "JWT" in wrong.stderr
