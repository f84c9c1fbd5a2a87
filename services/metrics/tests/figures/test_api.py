"""The figures over HTTP, fed by events."""

import csv
from datetime import UTC, datetime
from pathlib import Path
from typing import Any
from uuid import uuid4

import pytest
from prometheus_client.exposition import generate_latest
from sqlalchemy import text

from triskel.chassis.auth import undeclared_routes
from triskel.chassis.testing import (
    examples,
)
from triskel.metrics.figures.gauges import Gauges

ROOT = Path(__file__).resolve().parents[4]
YEAR = "2025-2026"


def pupils(girls: int, boys: int, undeclared: int = 0, level: str = "3") -> dict[str, Any]:
    return {"level": level, "girls": girls, "boys": boys, "undeclared": undeclared}


async def test_every_route_declares_who_may_call_it(platform: Any) -> None:
    assert undeclared_routes(platform.app) == []


async def test_coverage_counts_schools_with_an_active_partnership_on_the_date(
    platform: Any,
) -> None:
    a, b, c, closed = uuid4(), uuid4(), uuid4(), uuid4()
    await platform.hear(
        platform.school(a),
        platform.school(b),
        platform.school(c, status="imported", levels=("2", "3")),
        platform.school(closed, open=False),
        platform.partnership(a),
        platform.partnership(b, state="suspended"),
    )
    found = await platform.figure("school-coverage")
    assert (found["numerator"], found["denominator"]) == (1, 3)
    assert (await platform.figure("school-coverage", level="2"))["denominator"] == 1
    earlier = await platform.figures(indicator="school-coverage", as_of="2025-09-19")
    assert earlier[0]["numerator"] == 0


async def test_a_school_is_reached_by_a_delivered_activity_unless_nobody_came(
    platform: Any,
) -> None:
    a, b = uuid4(), uuid4()
    await platform.hear(
        platform.school(a),
        platform.school(b),
        platform.delivered(a, pupils(12, 14)),
        platform.delivered(b, outcome="no-show"),
    )
    found = await platform.figure("schools-reached")
    assert (found["numerator"], found["denominator"]) == (1, 2)
    assert (await platform.figure("schools-reached", format="guest-lesson"))["numerator"] == 1


async def test_of_several_schools_each_is_reached_and_its_pupils_are_counted_as_its_own(
    platform: Any,
) -> None:
    a, b = uuid4(), uuid4()
    await platform.hear(
        platform.school(a),
        platform.school(b),
        platform.delivered(a, pupils(12, 14), pupils(10, 10) | {"school_id": b}),
    )
    assert (await platform.figure("schools-reached"))["numerator"] == 2
    assert (await platform.figure("schools-reached", format="guest-lesson"))["numerator"] == 2
    assert (await platform.figure("pupils-reached"))["value"] == 46
    assert (await platform.figure("pupils-reached-distinct"))["value"] == 46


async def test_partnerships_are_active_new_renewed_and_ended(platform: Any) -> None:
    old, again, over = uuid4(), uuid4(), uuid4()
    last_year = {
        "school_year": "2024-2025",
        "activated_at": datetime(2024, 9, 20, tzinfo=UTC),
        "closed_at": datetime(2025, 7, 5, tzinfo=UTC),
        "state": "ended",
    }
    await platform.hear(
        platform.partnership(a := uuid4(), id=old, **last_year),
        platform.partnership(uuid4(), id=over, **last_year),
        platform.partnership(a, id=again, renewal_of=old),
        platform.partnership(uuid4()),
    )
    rows = {
        row["breakdown"].get("status", "rate"): row
        for row in await platform.figures(school_year=YEAR)
        if row["number"] == 3
    }
    assert [rows[s]["value"] for s in ("active", "new", "renewed", "ended")] == [2, 1, 1, 0]
    assert (rows["rate"]["numerator"], rows["rate"]["denominator"]) == (1, 2)


async def test_pupils_are_contacts_and_an_estimate_of_distinct_ones(platform: Any) -> None:
    a, b = uuid4(), uuid4()
    await platform.hear(
        platform.school(a),
        platform.school(b),
        platform.delivered(a, pupils(12, 14), {"audience": "teachers", "girls": 9}),
        platform.delivered(a, pupils(20, 10), format="company-visit"),
        platform.delivered(b, pupils(30, 31, 5)),
    )
    assert (await platform.figure("pupils-reached"))["value"] == 26 + 30 + 66
    assert (await platform.figure("pupils-reached-distinct"))["value"] == 30 + 66
    assert (await platform.figure("pupils-reached", sex="girls"))["value"] == 62
    reach = await platform.figure("pupil-reach")
    assert (reach["numerator"], reach["denominator"]) == (96, 1000)
    share = await platform.figure("girls-share", format="company-visit")
    assert (share["numerator"], share["denominator"]) == (20, 30)


async def test_pupils_of_an_unknown_level_count_in_the_total_and_apart(platform: Any) -> None:
    a = uuid4()
    nameless = {"level": None, "girls": 11, "boys": 9}
    await platform.hear(platform.school(a), platform.delivered(a, pupils(30, 30), nameless))
    assert (await platform.figure("pupils-reached"))["value"] == 80
    assert (await platform.figure("pupils-reached", level="unknown"))["value"] == 20
    assert (await platform.figure("pupils-reached-distinct", level="unknown"))["value"] == 20
    assert (await platform.figure("pupils-reached-distinct"))["value"] == 80


async def test_a_small_group_is_hidden_in_json_csv_and_gauges(platform: Any) -> None:
    a = uuid4()
    await platform.hear(
        platform.school(a),
        platform.delivered(a, pupils(2, 14)),
        platform.delivered(a, pupils(20, 10), format="company-visit"),
        platform.delivered(a, pupils(40, 10), format="research-work"),
    )
    hidden = await platform.figure("girls-share", format="guest-lesson")
    assert hidden["suppressed"]
    assert hidden["value"] is hidden["numerator"] is None
    # the next smallest goes too, or the total would tell
    assert (await platform.figure("pupils-reached", format="company-visit"))["suppressed"]
    assert not (await platform.figure("pupils-reached", format="research-work"))["suppressed"]
    answer = await platform.client.get("/v1/figures.csv", params={"indicator": "girls-share"})
    rows = {row["format"]: row for row in csv.DictReader(answer.text.splitlines())}
    assert rows["guest-lesson"]["value"] == ""
    assert rows["guest-lesson"]["suppressed"] == "True"
    assert rows[""]["numerator"] == "62"
    text_ = await gauges(platform)
    assert 'indicator="girls-share",level="",period="",region="FRH0"' in text_
    assert 'format="guest-lesson",indicator="girls-share"' not in text_


async def gauges(platform: Any) -> str:
    shown = Gauges(platform.app.state.settings)
    registry_ = platform.app.state.telemetry.registry.__class__()
    shown.register(registry_)
    await shown.refresh(platform.app.state.database, platform.app.state.outbox, platform.clock)
    return generate_latest(registry_).decode()


async def test_the_format_mix_names_formats_that_were_not_delivered(platform: Any) -> None:
    a = uuid4()
    await platform.hear(
        platform.school(a),
        platform.delivered(a),
        platform.delivered(a),
        platform.delivered(a, format="parents-day"),
    )
    lesson = await platform.figure("format-mix", format="guest-lesson")
    assert (lesson["numerator"], lesson["denominator"]) == (2, 3)
    assert (await platform.figure("format-mix", format="research-work"))["value"] == 0
    assert (await platform.figure("format-diversity"))["value"] == pytest.approx(9 / 5)


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
async def test_a_wrong_question_names_its_field(platform: Any, query: str, field: str) -> None:
    answer = await platform.client.get(f"/v1/figures?{query}")
    assert answer.status_code == 422
    assert field in answer.text


async def test_the_definition_ships_with_the_figure(platform: Any) -> None:
    known = {d["id"] for d in (await platform.client.get("/v1/indicators")).json()}
    await platform.hear(platform.school(a := uuid4()), platform.delivered(a, pupils(20, 20)))
    assert {row["indicator"] for row in await platform.figures()} <= known
    one = (await platform.client.get("/v1/indicators/stem-uptake")).json()
    assert one["version"] == 1
    assert (await platform.client.get("/v1/indicators/magic")).status_code == 404


async def test_the_contracts_own_examples_are_understood(platform: Any) -> None:
    for topic in platform.app.state.consumers.topics:
        found = examples(ROOT / "contracts/examples", topic)
        assert found, topic
        await platform.hear(*found)


async def test_a_rebuild_from_the_log_gives_the_same_figures(platform: Any) -> None:
    a, b = uuid4(), uuid4()
    log = [
        platform.school(a, "0350024L"),
        platform.school(b),
        platform.partnership(a),
        platform.delivered(a, pupils(20, 20)),
        platform.delivered(b, pupils(12, 8), format="company-visit"),
    ]
    await platform.hear(*log)
    before = await platform.figures()
    tables = ", ".join(platform.app.state.consumers.projections)
    async with platform.app.state.database.transaction() as session:
        await session.execute(text(f"truncate {tables}"))
    assert await platform.figures() != before
    await platform.hear(*log)
    assert await platform.figures() == before
