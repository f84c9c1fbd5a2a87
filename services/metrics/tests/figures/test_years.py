"""Which day and which school year a fact is counted to, and who is counted once."""

from datetime import UTC, date, datetime
from typing import Any
from uuid import uuid4

from sqlalchemy import text

from triskel.contracts import registry
from triskel.contracts.codes import Role
from triskel.contracts.registry import region_settings

LAST_YEAR = {
    "school_year": "2024-2025",
    "activated_at": datetime(2024, 9, 20, tzinfo=UTC),
    "closed_at": datetime(2025, 7, 5, tzinfo=UTC),
    "state": "ended",
}


def pupils(count: int, **more: Any) -> dict[str, Any]:
    return {"level": "3", "girls": count, "boys": count, **more}


def region(first_day: str, code: str = "FRH0") -> registry.RegionSettingsChanged:
    """A region whose school years begin on this day."""
    settings = region_settings(code, None).model_copy(update={"school_year_starts": first_day})
    state = registry.RegionState(id=uuid4(), version=2, region=code, settings=settings)
    return registry.RegionSettingsChanged(region=state, by=Role.COORDINATOR)


async def reached(platform: Any, as_of: str) -> int:
    found = await platform.figures(indicator="pupils-reached", by="total", as_of=as_of)
    return int(found[0]["value"])


async def test_a_delivery_counts_on_the_day_on_which_it_took_place_however_late_it_was_reported(
    platform: Any,
) -> None:
    late = {"delivered_at": datetime(2025, 9, 29, tzinfo=UTC)}
    await platform.hear(
        platform.school(a := uuid4()),
        platform.delivered(a, pupils(20), delivered_on=date(2025, 9, 19), **late),
    )
    assert [await reached(platform, f"2025-09-{day}") for day in (18, 19)] == [0, 40]
    assert (await platform.figures(indicator="schools-reached", as_of="2025-09-19"))[0][
        "numerator"
    ] == 1


async def test_an_older_event_that_names_no_such_day_counts_from_that_of_its_report(
    platform: Any,
) -> None:
    # half past midnight in Rennes
    reported = {"delivered_at": datetime(2025, 9, 24, 22, 30, tzinfo=UTC)}
    await platform.hear(
        platform.school(a := uuid4()), platform.delivered(a, pupils(20), **reported)
    )
    assert [await reached(platform, f"2025-09-{day}") for day in (24, 25)] == [0, 40]


async def test_pupils_of_a_final_who_were_counted_before_are_not_counted_again(
    platform: Any,
) -> None:
    form = {"format": "innovation-challenge"}
    await platform.hear(
        platform.school(a := uuid4()),
        platform.delivered(a, pupils(20), **form),
        platform.delivered(None, pupils(30, school_id=a, counted_before=True), **form),
    )
    for indicator in ("pupils-reached", "pupils-reached-distinct"):
        assert (await platform.figure(indicator))["value"] == 40
    # the control: the same children, of whom nobody says so
    await platform.hear(platform.delivered(None, pupils(30, school_id=a), **form))
    assert (await platform.figure("pupils-reached"))["value"] == 100


async def test_a_school_year_begins_on_the_day_that_the_region_sets(platform: Any) -> None:
    await platform.hear(
        platform.school(a := uuid4()),
        platform.delivered(a, pupils(20), delivered_on=date(2025, 8, 14)),
    )
    assert await platform.figures(school_year="2025-2026", as_of="2025-08-15") == []
    await platform.hear(region("08-10"))
    assert await reached(platform, "2025-08-15") == 40
    (total,) = await platform.figures(
        school_year="2025-2026", indicator="pupils-reached", by="total", as_of="2025-08-15"
    )
    assert total["as_of"] == "2025-08-15"
    # another one's years are its own
    await platform.hear(region("09-20", "FRG0"))
    assert await reached(platform, "2025-08-15") == 40


async def test_a_finished_school_year_counts_what_was_active_during_it(platform: Any) -> None:
    never = {"activated_at": None, "closed_at": None, "state": "declined"}
    await platform.hear(
        platform.school(a := uuid4()),
        platform.school(b := uuid4()),
        platform.partnership(a, **LAST_YEAR),
        platform.partnership(b, **LAST_YEAR | never),
    )

    async def active(**asked: str) -> list[Any]:
        rows = await platform.figures(school_year="2024-2025", **asked)
        return [
            row["numerator"] if row["indicator"] == "school-coverage" else row["value"]
            for row in rows
            if (row["indicator"], row["breakdown"])
            in (("school-coverage", {}), ("partnerships", {"status": "active"}))
        ]

    assert await active() == [1, 1]
    assert await active(as_of="2025-08-31") == [1, 1]
    # in the year it is as it was on the day
    assert await active(as_of="2025-08-30") == [0, 0]
    assert await active(as_of="2025-07-04") == [1, 1]


async def test_a_rebuild_gives_the_same_figures_of_days_finals_and_borders(platform: Any) -> None:
    log = [
        region("08-10"),
        platform.school(a := uuid4()),
        platform.partnership(a, **LAST_YEAR),
        platform.delivered(a, pupils(20), delivered_on=date(2025, 8, 14)),
        platform.delivered(a, pupils(30, counted_before=True)),
    ]
    await platform.hear(*log)
    before = await platform.figures()
    tables = ", ".join(platform.app.state.consumers.projections)
    async with platform.app.state.database.transaction() as session:
        await session.execute(text(f"truncate {tables}"))
    assert await platform.figures() != before
    await platform.hear(*log)
    assert await platform.figures() == before
