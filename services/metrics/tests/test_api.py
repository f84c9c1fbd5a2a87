"""The metrics service on its real migrated database, fed by events."""

import csv
from collections.abc import AsyncIterator
from dataclasses import dataclass
from datetime import UTC, date, datetime
from pathlib import Path
from typing import Any
from uuid import UUID, uuid4

import pytest
from prometheus_client.exposition import generate_latest
from sqlalchemy import text

from triskel.chassis.auth import undeclared_routes
from triskel.chassis.clock import FixedClock
from triskel.chassis.testing import (
    Client,
    Tokens,
    client_of,
    deliver,
    examples,
    outbox_events,
    settings_for,
)
from triskel.chassis.testing.fixtures import FreshDatabase
from triskel.contracts import activities, registry
from triskel.contracts.codes import HELIX_OF, OrganisationKind, Role
from triskel.metrics.main import MIGRATIONS, build
from triskel.metrics.settings import Settings
from triskel.metrics.workers import Gauges

ROOT = Path(__file__).resolve().parents[3]
DATA = ROOT / "cli/src/triskel/cli/data"
SPECIALITIES = DATA / "fr-effectifs-specialites-triplettes-1ere-generale-2021-2023.csv"
COLLEGES = DATA / "fr-college-effectifs-niveau-sexe-ille-et-vilaine.csv"
STEM = ("0613", "0623", "0629", "0673", "0747", "3045")
YEAR = "2025-2026"


@dataclass
class Town:
    client: Client
    app: Any
    tokens: Tokens
    clock: FixedClock

    async def hear(self, *events: Any) -> None:
        await deliver(self.app.state.database, self.app.state.consumers, *events)

    async def bring(self, dataset: str, content: bytes, dry_run: bool = False) -> Any:
        return await self.client.post(
            "/v1/reference/imports",
            params={"dataset": dataset, "dry_run": dry_run},
            content=content,
            headers=self.tokens.bearer(Role.COORDINATOR),
        )

    async def figures(self, **params: Any) -> list[dict[str, Any]]:
        answer = await self.client.get("/v1/figures", params=params)
        assert answer.status_code == 200, answer.text
        items: list[dict[str, Any]] = answer.json()["items"]
        return items

    async def figure(self, indicator: str, **breakdown: str) -> dict[str, Any]:
        found = await self.figures(indicator=indicator)
        return next(f for f in found if f["breakdown"] == breakdown)


@pytest.fixture
async def town(
    fresh_database: FreshDatabase, tokens: Tokens, clock: FixedClock
) -> AsyncIterator[Town]:
    settings = settings_for(Settings, await fresh_database(MIGRATIONS), tokens)
    app = build(settings, clock=clock, connect=False, fetch=tokens.fetch)
    async with client_of(app) as client:
        yield Town(client, app, tokens, clock)


def school(number: UUID, uai: str | None = None, **more: Any) -> registry.OrganisationApproved:
    known: dict[str, Any] = {
        "id": number,
        "region": "FRH0",
        "version": 1,
        "kind": OrganisationKind.SCHOOL,
        "helix": HELIX_OF[OrganisationKind.SCHOOL],
        "names": {"fr": "Un lycée"},
        "status": "approved",
        "levels": ("3",),
        "pupils": 500,
        "identifiers": ({"scheme": "uai", "value": uai},) if uai else (),
    }
    return registry.OrganisationApproved(organisation=registry.Organisation(**(known | more)))


def partnership(school_id: UUID, **more: Any) -> registry.PartnershipActivated:
    known: dict[str, Any] = {
        "id": uuid4(),
        "region": "FRH0",
        "version": 7,
        "school_id": school_id,
        "company_id": uuid4(),
        "school_year": YEAR,
        "state": "active",
        "proposed_by": Role.TEACHER,
        "proposed_at": datetime(2025, 9, 2, tzinfo=UTC),
        "answer_by": datetime(2025, 9, 16, tzinfo=UTC),
        "starts_on": date(2025, 9, 15),
        "ends_on": date(2026, 7, 3),
        "activated_at": datetime(2025, 9, 20, tzinfo=UTC),
    }
    return registry.PartnershipActivated(
        partnership=registry.Partnership(**(known | more)), by=Role.SYSTEM
    )


def delivered(
    school_id: UUID, *attendance: dict[str, Any], **more: Any
) -> activities.ActivityDelivered:
    known: dict[str, Any] = {
        "id": uuid4(),
        "region": "FRH0",
        "version": 7,
        "format": "guest-lesson",
        "state": "delivered",
        "title": "Une ingénieure en classe",
        "school_year": YEAR,
        "host_id": uuid4(),
        "school_id": school_id,
        "proposed_by": "school",
        "drafted_at": datetime(2025, 9, 3, tzinfo=UTC),
        "delivered_at": datetime(2025, 9, 25, tzinfo=UTC),
        "outcome": "full",
        "attendance": attendance,
    }
    return activities.ActivityDelivered(
        activity=activities.Activity(**(known | more)), by=Role.TEACHER
    )


def pupils(girls: int, boys: int, undeclared: int = 0, level: str = "3") -> dict[str, Any]:
    return {"level": level, "girls": girls, "boys": boys, "undeclared": undeclared}


async def test_every_route_declares_who_may_call_it(town: Town) -> None:
    assert undeclared_routes(town.app) == []


async def test_coverage_counts_schools_with_an_active_partnership_on_the_date(town: Town) -> None:
    a, b, c, closed = uuid4(), uuid4(), uuid4(), uuid4()
    await town.hear(
        school(a),
        school(b),
        school(c, status="imported", levels=("2", "3")),
        school(closed, open=False),
        partnership(a),
        partnership(b, state="suspended"),
    )
    found = await town.figure("school-coverage")
    assert (found["numerator"], found["denominator"]) == (1, 3)
    assert (await town.figure("school-coverage", level="2"))["denominator"] == 1
    earlier = await town.figures(indicator="school-coverage", as_of="2025-09-19")
    assert earlier[0]["numerator"] == 0


async def test_a_school_is_reached_by_a_delivered_activity_unless_nobody_came(town: Town) -> None:
    a, b = uuid4(), uuid4()
    await town.hear(
        school(a),
        school(b),
        delivered(a, pupils(12, 14)),
        delivered(b, outcome="no-show"),
    )
    found = await town.figure("schools-reached")
    assert (found["numerator"], found["denominator"]) == (1, 2)
    assert (await town.figure("schools-reached", format="guest-lesson"))["numerator"] == 1


async def test_partnerships_are_active_new_renewed_and_ended(town: Town) -> None:
    old, again, over = uuid4(), uuid4(), uuid4()
    last_year = {
        "school_year": "2024-2025",
        "activated_at": datetime(2024, 9, 20, tzinfo=UTC),
        "closed_at": datetime(2025, 7, 5, tzinfo=UTC),
        "state": "ended",
    }
    await town.hear(
        partnership(a := uuid4(), id=old, **last_year),
        partnership(uuid4(), id=over, **last_year),
        partnership(a, id=again, renewal_of=old),
        partnership(uuid4()),
    )
    rows = {
        row["breakdown"].get("status", "rate"): row
        for row in await town.figures(school_year=YEAR)
        if row["number"] == 3
    }
    assert [rows[s]["value"] for s in ("active", "new", "renewed", "ended")] == [2, 1, 1, 0]
    assert (rows["rate"]["numerator"], rows["rate"]["denominator"]) == (1, 2)


async def test_pupils_are_contacts_and_an_estimate_of_distinct_ones(town: Town) -> None:
    a, b = uuid4(), uuid4()
    await town.hear(
        school(a),
        school(b),
        delivered(a, pupils(12, 14), {"audience": "teachers", "girls": 9}),
        delivered(a, pupils(20, 10), format="company-visit"),
        delivered(b, pupils(30, 31, 5)),
    )
    assert (await town.figure("pupils-reached"))["value"] == 26 + 30 + 66
    assert (await town.figure("pupils-reached-distinct"))["value"] == 30 + 66
    assert (await town.figure("pupils-reached", sex="girls"))["value"] == 62
    reach = await town.figure("pupil-reach")
    assert (reach["numerator"], reach["denominator"]) == (96, 1000)
    share = await town.figure("girls-share", format="company-visit")
    assert (share["numerator"], share["denominator"]) == (20, 30)


async def test_a_small_group_is_hidden_in_json_csv_and_gauges(town: Town) -> None:
    a = uuid4()
    await town.hear(
        school(a),
        delivered(a, pupils(2, 14)),
        delivered(a, pupils(20, 10), format="company-visit"),
        delivered(a, pupils(40, 10), format="research-work"),
    )
    hidden = await town.figure("girls-share", format="guest-lesson")
    assert hidden["suppressed"]
    assert hidden["value"] is hidden["numerator"] is None
    # the next smallest goes too, or the total would tell
    assert (await town.figure("pupils-reached", format="company-visit"))["suppressed"]
    assert not (await town.figure("pupils-reached", format="research-work"))["suppressed"]
    answer = await town.client.get("/v1/figures.csv", params={"indicator": "girls-share"})
    rows = {row["format"]: row for row in csv.DictReader(answer.text.splitlines())}
    assert rows["guest-lesson"]["value"] == ""
    assert rows["guest-lesson"]["suppressed"] == "True"
    assert rows[""]["numerator"] == "62"
    text_ = await gauges(town)
    assert 'indicator="girls-share",level="",period="",region="FRH0"' in text_
    assert 'format="guest-lesson",indicator="girls-share"' not in text_


async def gauges(town: Town) -> str:
    shown = Gauges(town.app.state.settings)
    registry_ = town.app.state.telemetry.registry.__class__()
    shown.register(registry_)
    await shown.refresh(town.app.state.database, town.app.state.outbox, town.clock)
    return generate_latest(registry_).decode()


async def test_the_format_mix_names_formats_that_were_not_delivered(town: Town) -> None:
    a = uuid4()
    await town.hear(school(a), delivered(a), delivered(a), delivered(a, format="parents-day"))
    lesson = await town.figure("format-mix", format="guest-lesson")
    assert (lesson["numerator"], lesson["denominator"]) == (2, 3)
    assert (await town.figure("format-mix", format="research-work"))["value"] == 0
    assert (await town.figure("format-diversity"))["value"] == pytest.approx(9 / 5)


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


async def test_stem_uptake_is_what_anyone_computes_from_the_official_file(town: Town) -> None:
    partners = {"0350024L": uuid4(), "0350029S": uuid4(), "0350028R": uuid4()}
    others = {"0350005R": uuid4(), "0350042F": uuid4(), "0350048M": uuid4()}
    with SPECIALITIES.open(encoding="utf-8-sig", newline="") as file:
        known = {row["UAI"] for row in csv.DictReader(file, delimiter=";")}
    partners = {uai: number for uai, number in partners.items() if uai in known}
    others = {uai: number for uai, number in others.items() if uai in known}
    assert len(partners) >= 2
    assert len(others) >= 2
    report = (await town.bring("fr-specialites", SPECIALITIES.read_bytes())).json()
    assert report["rows"] == report["created"] == 6781
    assert report["refused"] == 0
    await town.hear(
        *await outbox_events(town.app.state.database),
        *(school(number, uai) for uai, number in (partners | others).items()),
        *(partnership(number) for number in partners.values()),
    )
    for start in ("2021", "2022", "2023"):
        school_year = f"{start}-{int(start) + 1}"
        rows = {
            row["breakdown"]["scope"]: (row["numerator"], row["denominator"])
            for row in await town.figures(indicator="stem-uptake", school_year=school_year)
            if "sex" not in row["breakdown"]
        }
        assert rows["country"] == by_hand(start)
        assert rows["region"] == by_hand(start, set(partners | others))
        assert rows["partners"] == by_hand(start, set(partners))
    gap = next(
        row
        for row in await town.figures(indicator="stem-uptake-gap", school_year="2023-2024")
        if row["breakdown"] == {"level": "3", "against": "country"}
    )
    mine, all_ = by_hand("2023", set(partners)), by_hand("2023")
    assert gap["value"] == pytest.approx(100 * (mine[0] / mine[1] - all_[0] / all_[1]), abs=1e-5)
    assert gap["low"] < gap["value"] < gap["high"]
    by_school = await town.figures(indicator="stem-uptake", by="school", school_year="2023-2024")
    one = next(row for row in by_school if row["breakdown"].get("school") == "0350024L")
    assert (one["numerator"], one["denominator"]) == by_hand("2023", {"0350024L"})


async def test_a_repeated_import_says_nothing_and_a_corrected_one_says_what_changed(
    town: Town,
) -> None:
    lines = COLLEGES.read_bytes().split(b"\r\n" if b"\r\n" in COLLEGES.read_bytes() else b"\n")
    few = b"\n".join(lines[:31])
    assert (await town.bring("fr-effectifs-colleges", few, dry_run=True)).json()["created"] == 30
    assert await outbox_events(town.app.state.database) == []
    first = (await town.bring("fr-effectifs-colleges", few)).json()
    assert (first["created"], first["unchanged"], first["refused"]) == (30, 0, 0)
    again = (await town.bring("fr-effectifs-colleges", few)).json()
    assert (again["created"], again["changed"], again["unchanged"]) == (0, 0, 30)
    assert len(await outbox_events(town.app.state.database)) == 30
    header, row = lines[0].decode("utf-8-sig").split(";"), lines[2].decode().split(";")
    row[header.index("Nombre de 6èmes filles")] = "99"
    corrected = b"\n".join([lines[0], ";".join(row).encode()])
    third = (await town.bring("fr-effectifs-colleges", corrected)).json()
    assert third["changed"] == 1
    assert (await outbox_events(town.app.state.database))[-1].aggregate.version == 2


async def test_a_wrong_row_names_line_field_value_and_rule_and_the_others_go_on(
    town: Town,
) -> None:
    lines = SPECIALITIES.read_bytes().split(b"\n")
    header = lines[0].decode("utf-8-sig").strip().split(";")
    row = lines[1].decode().strip().split(";")
    row[header.index("UAI")], row[header.index("0613 - MATHEMATIQUES - filles")] = "35", "<5"
    bad = b"\n".join([lines[0], ";".join(row).encode(), lines[2]])
    report = (await town.bring("fr-specialites", bad)).json()
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
    town: Town, content: bytes, rule: str
) -> None:
    answer = await town.bring("fr-specialites", content)
    assert answer.status_code == 422
    assert answer.json()["type"] == f"urn:triskel:problem:{rule}"


async def test_who_may_import(town: Town) -> None:
    for role, status in ((Role.TEACHER, 403), (Role.COMPANY, 403)):
        answer = await town.client.post(
            "/v1/reference/imports?dataset=fr-specialites",
            content=b"x",
            headers=town.tokens.bearer(role),
        )
        assert answer.status_code == status
    answer = await town.client.post("/v1/reference/imports?dataset=fr-specialites", content=b"x")
    assert answer.status_code == 401


@pytest.mark.parametrize(
    ("query", "field"),
    [
        ("indicator=magic", "indicator"),
        ("as_of=2031-01-01", "as_of"),
        ("school_year=2025", "school_year"),
        ("level=9", "level"),
        ("format=party", "format"),
    ],
)
async def test_a_wrong_question_names_its_field(town: Town, query: str, field: str) -> None:
    answer = await town.client.get(f"/v1/figures?{query}")
    assert answer.status_code == 422
    assert field in answer.text


async def test_the_definition_ships_with_the_figure(town: Town) -> None:
    known = {d["id"] for d in (await town.client.get("/v1/indicators")).json()}
    await town.hear(school(a := uuid4()), delivered(a, pupils(20, 20)))
    assert {row["indicator"] for row in await town.figures()} <= known
    one = (await town.client.get("/v1/indicators/stem-uptake")).json()
    assert one["version"] == 1
    assert (await town.client.get("/v1/indicators/magic")).status_code == 404


async def test_the_contracts_own_examples_are_understood(town: Town) -> None:
    for topic in town.app.state.consumers.topics:
        found = examples(ROOT / "contracts/examples", topic)
        assert found, topic
        await town.hear(*found)


async def test_a_rebuild_from_the_log_gives_the_same_figures(town: Town) -> None:
    a, b = uuid4(), uuid4()
    log = [
        school(a, "0350024L"),
        school(b),
        partnership(a),
        delivered(a, pupils(20, 20)),
        delivered(b, pupils(12, 8), format="company-visit"),
    ]
    await town.hear(*log)
    before = await town.figures()
    tables = ", ".join(town.app.state.consumers.projections)
    async with town.app.state.database.transaction() as session:
        await session.execute(text(f"truncate {tables}"))
    assert await town.figures() != before
    await town.hear(*log)
    assert await town.figures() == before
