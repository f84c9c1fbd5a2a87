"""Official figures: imported, said on the bus, and counted as anyone counts them."""

import csv
from pathlib import Path
from typing import Any
from uuid import uuid4

import pytest

from triskel.chassis.testing import (
    outbox_events,
)
from triskel.contracts.codes import Role

ROOT = Path(__file__).resolve().parents[4]
DATA = ROOT / "cli/src/triskel/cli/data"
SPECIALITIES = DATA / "fr-effectifs-specialites-triplettes-1ere-generale-2021-2023.csv"
COLLEGES = DATA / "fr-college-effectifs-niveau-sexe-ille-et-vilaine.csv"
STEM = ("0613", "0623", "0629", "0673", "0747", "3045")


def by_hand(year: str, schools: set[str] | None = None) -> tuple[int, int]:
    """Indicator 8 from the official file, with nothing of ours."""
    stem = everything = 0
    with SPECIALITIES.open(encoding="utf-8-sig", newline="") as file:
        for row in csv.DictReader(file, delimiter=";"):
            if row["RENTREE SCOLAIRE"] != year or (schools and row["UAI"] not in schools):
                continue
            for column, value in row.items():
                if column[:4].isdigit() and column[4:7] == " - ":
                    everything += int(value)
                    stem += int(value) if column[:4] in STEM else 0
    return stem, everything


async def test_stem_uptake_is_what_anyone_computes_from_the_official_file(platform: Any) -> None:
    partners = {"0350024L": uuid4(), "0350029S": uuid4(), "0350028R": uuid4()}
    others = {"0350005R": uuid4(), "0350042F": uuid4(), "0350048M": uuid4()}
    with SPECIALITIES.open(encoding="utf-8-sig", newline="") as file:
        known = {row["UAI"] for row in csv.DictReader(file, delimiter=";")}
    partners = {uai: number for uai, number in partners.items() if uai in known}
    others = {uai: number for uai, number in others.items() if uai in known}
    assert len(partners) >= 2
    assert len(others) >= 2
    report = (await platform.bring("fr-specialites", SPECIALITIES.read_bytes())).json()
    assert report["rows"] == report["created"] == 6781
    assert report["refused"] == 0
    await platform.hear(
        *await outbox_events(platform.app.state.database),
        *(platform.school(number, uai) for uai, number in (partners | others).items()),
        *(platform.partnership(number) for number in partners.values()),
    )
    for start in ("2021", "2022", "2023"):
        school_year = f"{start}-{int(start) + 1}"
        rows = {
            row["breakdown"]["scope"]: (row["numerator"], row["denominator"])
            for row in await platform.figures(indicator="stem-uptake", school_year=school_year)
            if "sex" not in row["breakdown"]
        }
        assert rows["country"] == by_hand(start)
        assert rows["region"] == by_hand(start, set(partners | others))
        assert rows["partners"] == by_hand(start, set(partners))
    gap = next(
        row
        for row in await platform.figures(indicator="stem-uptake-gap", school_year="2023-2024")
        if row["breakdown"] == {"level": "3", "against": "country"}
    )
    mine, all_ = by_hand("2023", set(partners)), by_hand("2023")
    assert gap["value"] == pytest.approx(100 * (mine[0] / mine[1] - all_[0] / all_[1]), abs=1e-5)
    assert gap["low"] < gap["value"] < gap["high"]
    by_school = await platform.figures(
        indicator="stem-uptake", by="school", school_year="2023-2024"
    )
    one = next(row for row in by_school if row["breakdown"].get("school") == "0350024L")
    assert (one["numerator"], one["denominator"]) == by_hand("2023", {"0350024L"})


async def test_a_repeated_import_says_nothing_and_a_corrected_one_says_what_changed(
    platform: Any,
) -> None:
    lines = COLLEGES.read_bytes().split(b"\r\n" if b"\r\n" in COLLEGES.read_bytes() else b"\n")
    few = b"\n".join(lines[:31])
    assert (await platform.bring("fr-effectifs-colleges", few, dry_run=True)).json()[
        "created"
    ] == 30
    assert await outbox_events(platform.app.state.database) == []
    first = (await platform.bring("fr-effectifs-colleges", few)).json()
    assert (first["created"], first["unchanged"], first["refused"]) == (30, 0, 0)
    again = (await platform.bring("fr-effectifs-colleges", few)).json()
    assert (again["created"], again["changed"], again["unchanged"]) == (0, 0, 30)
    assert len(await outbox_events(platform.app.state.database)) == 30
    header, row = lines[0].decode("utf-8-sig").split(";"), lines[2].decode().split(";")
    row[header.index("Nombre de 6èmes filles")] = "99"
    corrected = b"\n".join([lines[0], ";".join(row).encode()])
    third = (await platform.bring("fr-effectifs-colleges", corrected)).json()
    assert third["changed"] == 1
    assert (await outbox_events(platform.app.state.database))[-1].aggregate.version == 2


async def test_a_wrong_row_names_line_field_value_and_rule_and_the_others_go_on(
    platform: Any,
) -> None:
    lines = SPECIALITIES.read_bytes().split(b"\n")
    header = lines[0].decode("utf-8-sig").strip().split(";")
    row = lines[1].decode().strip().split(";")
    row[header.index("UAI")], row[header.index("0613 - MATHEMATIQUES - filles")] = "35", "<5"
    bad = b"\n".join([lines[0], ";".join(row).encode(), lines[2]])
    report = (await platform.bring("fr-specialites", bad)).json()
    assert (report["refused"], report["created"]) == (1, 1)
    assert [(r["line"], r["field"], r["value"], r["rule"]) for r in report["refusals"]] == [
        (2, "0613_mathematiques_filles", "<5", "count-invalid"),
        (2, "uai", "35", "uai-malformed"),
    ]


@pytest.mark.parametrize(
    ("content", "rule"),
    [
        (b"", "file-empty"),
        (b"a;b\n1;2\n", "column-missing"),
        (b"\xff\xfe;b\n", "file-not-utf8"),
    ],
)
async def test_a_file_of_another_kind_is_refused_whole(
    platform: Any, content: bytes, rule: str
) -> None:
    answer = await platform.bring("fr-specialites", content)
    assert answer.status_code == 422
    assert answer.json()["type"] == f"urn:triskel:problem:{rule}"


async def test_a_file_that_is_damaged_in_its_middle_says_nothing_at_all(platform: Any) -> None:
    lines = SPECIALITIES.read_bytes().split(b"\n")[:1500]
    lines[1400] = lines[1400].rpartition(b";")[0]
    answer = await platform.bring("fr-specialites", b"\n".join(lines))
    assert answer.status_code == 422
    assert answer.json()["detail"].startswith("Line 1401: ")
    assert await outbox_events(platform.app.state.database) == []


async def test_who_may_import(platform: Any) -> None:
    for role, status in ((Role.TEACHER, 403), (Role.COMPANY, 403)):
        answer = await platform.client.post(
            "/v1/reference/imports?dataset=fr-specialites",
            content=b"x",
            headers=platform.tokens.bearer(role),
        )
        assert answer.status_code == status
    answer = await platform.client.post(
        "/v1/reference/imports?dataset=fr-specialites", content=b"x"
    )
    assert answer.status_code == 401
