"""The command line without a stack: help, exit codes, and one readable line for what is wrong."""

import csv
import json
import subprocess
from collections import Counter
from collections.abc import Callable
from datetime import date
from pathlib import Path
from uuid import UUID

import pytest

from triskel.cli.demo import DIRECTORY
from triskel.cli.demo.fixtures import hosts, people, schools
from triskel.cli.demo.report import quantile
from triskel.cli.demo.scenarios import SCENARIOS
from triskel.cli.demo.school_days import SchoolDays
from triskel.cli.demo.school_year import pairs_of, year
from triskel.cli.demo.steps import FIRST_DAY, LAST_DAY, Step
from triskel.cli.keys import link_key_in
from triskel.contracts.codes import ActivityFormat, OrganisationKind
from triskel.contracts.registry import SchoolCalendar

Run = Callable[..., subprocess.CompletedProcess[str]]
COMMANDS = (
    "up",
    "demo",
    "import",
    "tail",
    "lag",
    "rebuild",
    "migrate",
    "topics",
    "doctor",
    "token",
    "badge-key",
)


@pytest.mark.parametrize("command", COMMANDS)
def test_every_command_helps_with_an_example_and_the_exit_codes(triskel: Run, command: str) -> None:
    done = triskel(command, "--help")
    assert done.returncode == 0
    assert "Example: " in done.stdout
    assert "Exit codes: 0 done" in done.stdout


def test_a_key_that_has_signed_is_never_written_over(triskel: Run, tmp_path: Path) -> None:
    file = tmp_path / "badge-key.pem"
    assert triskel("badge-key", str(file)).stdout == f"made {file}\n"
    key = file.read_bytes()
    assert b"PRIVATE KEY" in key
    assert file.stat().st_mode & 0o777 == 0o600
    assert triskel("badge-key", str(file)).stdout == f"{file} is there already\n"
    assert file.read_bytes() == key
    refused = triskel("badge-key", str(tmp_path / "none" / "key.pem"))
    assert refused.returncode == 69
    assert "cannot be written: No such file or directory" in refused.stderr


def test_a_stack_that_keeps_its_data_keeps_the_secret_of_its_links(tmp_path: Path) -> None:
    file = tmp_path / "link-key"
    made = link_key_in(file)
    assert len(made) >= 32
    assert file.stat().st_mode & 0o777 == 0o600
    assert link_key_in(file) == made != link_key_in(tmp_path / "another")


@pytest.mark.parametrize("command", ["list", "show", "redrive", "discard"])
def test_dead_letter_commands_help_too(triskel: Run, command: str) -> None:
    assert "Example: triskel dlq" in triskel("dlq", command, "--help").stdout


@pytest.mark.parametrize("command", ["list", "set"])
def test_offset_commands_help_too(triskel: Run, command: str) -> None:
    assert "Example: triskel offsets" in triskel("offsets", command, "--help").stdout


@pytest.mark.parametrize("command", ["list", "release"])
def test_outbox_commands_help_too(triskel: Run, command: str) -> None:
    assert "Example: triskel outbox" in triskel("outbox", command, "--help").stdout


@pytest.mark.parametrize(
    ("words", "code", "told"),
    [
        (("outbox", "list"), 69, "no stack runs from this directory"),
        (("outbox", "list", "--service", "x"), 69, "no stack runs from this directory"),
        (("outbox", "release", "registry"), 2, "give SERVICE TOPIC KEY, or SERVICE --all"),
        (("outbox", "release", "registry", "t", "k", "--all"), 2, "or SERVICE --all"),
        (("outbox", "release", "x", "t", "k"), 2, "'x' is no service"),
        (("lag",), 69, "no stack runs from this directory"),
        (("tail",), 69, "no stack runs from this directory"),
        (("tail", "--topic", "x"), 2, "is no topic"),
        (("tail", "--bootstrap", "127.0.0.1:9"), 69, "does not answer"),
        (("offsets", "set", "metrics", "metrics.reference", "0", "middle"), 2, "no place in a log"),
        (("offsets", "set", "nobody", "metrics.reference", "0", "end"), 2, "is no service"),
        (("topics", "--bootstrap", "127.0.0.1:9"), 69, "127.0.0.1:9"),
        (("migrate", "nothing"), 2, "is no service"),
        (("migrate", "registry"), 78, "set TRISKEL_DATABASE_URL"),
        (("migrate", "registry", "--database-url", "postgresql://x"), 2, "--database-url"),
        (("import", "fr-annuaire", "no-such-file.csv"), 2, "no-such-file.csv"),
        (("import", "magic", "x.csv"), 2, "magic"),
        (("nonsense",), 2, "nonsense"),
    ],
)
def test_what_is_wrong_is_told_in_words_with_an_exit_code(
    triskel: Run, tmp_path: Path, words: tuple[str, ...], code: int, told: str
) -> None:
    done = triskel(*words, cwd=tmp_path)
    assert done.returncode == code, done.stderr
    assert told in done.stderr
    assert "Traceback" not in done.stderr


@pytest.mark.parametrize(
    ("url", "code", "told"),
    [
        ("mysql://u:a-secret@127.0.0.1/x", 78, "must begin with postgresql://"),
        ("postgresql://u:a-secret@127.0.0.1:9/x", 69, "the database of registry cannot be used"),
    ],
)
def test_migrate_takes_its_database_from_the_environment_and_never_shows_it(
    triskel: Run, tmp_path: Path, url: str, code: int, told: str
) -> None:
    given = {"TRISKEL_DATABASE_URL": url}
    done = triskel("migrate", "registry", cwd=tmp_path, environment=given)
    assert done.returncode == code
    assert told in done.stderr
    assert "a-secret" not in done.stderr + done.stdout


def test_a_sandbox_that_cannot_start_says_why(triskel: Run, tmp_path: Path) -> None:
    done = triskel("demo", cwd=tmp_path, environment={"TRISKEL_SANDBOX": "magic"})
    assert done.returncode == 69
    assert "TRISKEL_SANDBOX is 'magic'" in done.stderr


def test_a_service_that_is_not_there_is_told(triskel: Run, tmp_path: Path) -> None:
    away = {"TRISKEL_REGISTRY_URL": "http://127.0.0.1:9", "TRISKEL_TOKEN": "x"}
    done = triskel("lag", "--service", "registry", cwd=tmp_path, environment=away)
    assert done.returncode == 69
    assert "http://127.0.0.1:9/v1/ops/lag does not answer" in done.stderr


def test_doctor_tells_what_there_is(triskel: Run, tmp_path: Path) -> None:
    done = triskel("doctor", "--json", cwd=tmp_path)
    found = {each["what"]: each for each in json.loads(done.stdout)}
    assert found["Python"]["ok"]
    assert {"Java", "PostgreSQL", "Apache Kafka", "disk", "ports"} <= set(found)
    assert all(each["ok"] or each["advice"] for each in found.values())


SCHOOL_DAYS = SchoolDays.of(
    SchoolCalendar.model_validate(
        {
            "id": UUID(int=1),
            "version": 1,
            "region": "FRH0",
            "school_year": "2025-2026",
            "time_zone": "Europe/Paris",
            "first_day": "2025-09-01",
            "last_day": "2026-07-03",
            "holidays": [{"title": "Noël", "first": "2025-12-20", "last": "2026-01-04"}],
            "public_holidays": [{"title": "Armistice de 1918", "day": "2025-11-11"}],
            "source": "Arrêté du 7 décembre 2022",
        }
    )
)


def test_school_days_are_weekdays_of_the_year_outside_holidays_and_public_holidays() -> None:
    school = [date(2025, 9, 1), date(2025, 12, 19), date(2026, 1, 5), date(2026, 7, 3)]
    free = [
        *(date(2025, 8, 29), date(2026, 7, 6), date(2025, 9, 6), date(2025, 9, 7)),
        *(date(2025, 11, 11), date(2025, 12, 22), date(2026, 1, 2)),
    ]
    assert [day for day in (*school, *free) if day in SCHOOL_DAYS] == school


def steps_of_the_year() -> list[Step]:
    invited, partners = schools(), hosts()
    return year(SCHOOL_DAYS, invited, partners, pairs_of(invited, partners))


def test_the_year_is_the_same_from_the_same_seed() -> None:
    assert steps_of_the_year() == steps_of_the_year()


def test_scenarios_are_told_apart_by_their_titles_and_lie_in_the_year() -> None:
    titles = [scenario.title for scenario in SCENARIOS]
    assert len(set(titles)) == len(titles)
    days = [scenario.day for scenario in SCENARIOS]
    assert days == sorted(days)
    assert FIRST_DAY < days[0] <= days[-1] <= LAST_DAY


def test_the_year_has_all_formats_and_the_kinds_of_a_breton_platform() -> None:
    steps = steps_of_the_year()
    formats = Counter(step.body["format"] for step in steps if step.body and "format" in step.body)
    assert set(formats) == set(ActivityFormat)
    # several hundred, and few enough that the year is played in three minutes
    assert 250 < sum(formats.values()) < 400
    assert {host.kind for host in hosts()} == set(OrganisationKind) - {"school"}
    assert all(FIRST_DAY <= step.day <= LAST_DAY for step in steps)
    assert min(step.day for step in steps) == date(2025, 9, 2)


def test_the_schools_of_the_year_are_in_the_official_directory() -> None:
    with DIRECTORY.open(encoding="utf-8-sig", newline="") as file:
        official = {
            row["Identifiant_de_l_etablissement"] for row in csv.DictReader(file, delimiter=";")
        }
    assert {school.uai for school in schools()} <= official


def test_nobody_in_the_year_can_get_a_real_mail() -> None:
    assert all(each.body["email"].endswith(".example") for each in people(schools(), hosts()))


@pytest.mark.parametrize(
    ("share", "expected"), [(0.5, 10.0), (0.75, 15.0), (0.99, 19.8), (1.0, 20.0)]
)
def test_a_quantile_is_read_from_the_buckets_as_prometheus_does(
    share: float, expected: float
) -> None:
    buckets = {"0.01": 50, "0.02": 100, "+Inf": 100}
    assert quantile(buckets, share) == expected
    assert quantile({}, share) is None
