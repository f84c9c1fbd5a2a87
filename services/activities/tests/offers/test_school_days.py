"""An offer's free days are days of school, as the calendar says now."""

import asyncio
from pathlib import Path
from typing import Any

from triskel.activities.offers.jobs import count_daily
from triskel.chassis.testing import examples
from triskel.contracts import registry as said
from triskel.contracts.codes import Role

EXAMPLES = Path(__file__).resolve().parents[4] / "contracts/examples"


async def test_when_a_calendar_changes_the_free_days_are_counted_anew_once(fair: Any) -> None:
    known = await fair.published()
    path = f"/v1/offers/{known.json()['id']}"
    free = (await fair.get(path, "teacher")).json()["next_free"]
    assert await count_daily(*fair.state) == 0
    (first,) = examples(EXAMPLES, "registry.calendars")
    calendar: said.SchoolCalendar = first.event.calendar  # type: ignore[union-attr]
    strike = said.PublicHoliday(title="jour sans école", day=free)
    changed = {"version": 2, "public_holidays": (*calendar.public_holidays, strike)}
    await fair.hear(
        said.SchoolCalendarSet(calendar=calendar.model_copy(update=changed), by=Role.COORDINATOR)
    )
    done = await asyncio.gather(*(count_daily(*fair.state) for _ in range(4)))
    assert sum(done) == 1
    assert (await fair.get(path, "teacher")).json()["next_free"] > free
