"""Distances that PostgreSQL computes are those that Python computes."""

from pathlib import Path
from typing import Any

import pytest
from sqlalchemy import Double, literal, select
from sqlalchemy.dialects.postgresql import JSONB

from triskel.chassis.database import Database
from triskel.chassis.distances import Around
from triskel.contracts.distances import kilometres

EXAMPLE = Path(__file__).parent / "example" / "migrations"
RENNES, BREST = (48.117, -1.678), (48.390, -4.486)


async def _asked(
    database: Database, place: Around, at: tuple[float, float], *sites: Any
) -> tuple[float, bool]:
    columns = [*(literal(each, Double) for each in at), literal(list(sites), JSONB)]
    within = place.holds(*columns)
    async with database.reading() as session:
        found = await session.execute(select(place.nearest(*columns), *within))
        distance, *conditions = found.one()
    return distance, all(conditions)


@pytest.mark.parametrize("there", [BREST, RENNES, (-33.8688, 151.2093), (0.0, 180.0)])
async def test_a_query_finds_the_distance_that_python_finds(
    database: Database, there: tuple[float, float]
) -> None:
    known = kilometres(*RENNES, *there)
    distance, _ = await _asked(database, Around(*RENNES, 20), there)
    assert distance == pytest.approx(known)


@pytest.mark.parametrize(("km", "held"), [(205, False), (215, True)])
async def test_a_circle_holds_who_is_near_enough_and_nobody_else(
    database: Database, km: float, held: bool
) -> None:
    assert (await _asked(database, Around(*RENNES, km), BREST))[1] is held


async def test_the_nearest_of_several_sites_is_what_counts(database: Database) -> None:
    place = Around(*RENNES, 20)
    site = {
        "label": "Rennes",
        "position": dict(zip(("latitude", "longitude"), RENNES, strict=True)),
    }
    nowhere = {"position": None}
    assert await _asked(database, place, BREST, nowhere, site) == (0, True)
    distance, held = await _asked(database, place, BREST, nowhere)
    assert distance == pytest.approx(kilometres(*RENNES, *BREST))
    assert not held
