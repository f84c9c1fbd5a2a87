"""Distances that are known, and boxes that hold their circles."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from triskel.contracts.distances import box_around, kilometres

RENNES, BREST = (48.117, -1.678), (48.390, -4.486)
PARIS, SYDNEY = (48.8566, 2.3522), (-33.8688, 151.2093)


@pytest.mark.parametrize(
    ("here", "there", "known"),
    [
        (RENNES, BREST, 210),
        (PARIS, SYDNEY, 16_960),
        # over the pole, over the date line, to the other side of the earth
        ((89.0, 0.0), (89.0, 180.0), 222.4),
        ((0.0, 179.5), (0.0, -179.5), 111.2),
        ((0.0, 0.0), (0.0, 180.0), 20_015),
    ],
)
def test_kilometres_are_those_of_the_great_circle_both_ways(
    here: tuple[float, float], there: tuple[float, float], known: float
) -> None:
    assert kilometres(*here, *there) == pytest.approx(known, rel=0.01)
    assert kilometres(*there, *here) == pytest.approx(kilometres(*here, *there))
    assert kilometres(*here, *here) == 0


@given(st.floats(-90, 90), st.floats(0.1, 500), st.floats(-1.2, 1.2), st.floats(-1.2, 1.2))
def test_who_is_within_the_kilometres_is_within_the_box(
    latitude: float, km: float, north: float, east: float
) -> None:
    high, wide = box_around(latitude, km)
    there = latitude + north * high, east * wide
    if abs(there[0]) <= 90 and abs(there[1]) <= 180 and kilometres(latitude, 0, *there) <= km:
        assert abs(north) <= 1
        assert abs(east) <= 1


def test_a_box_at_sixty_degrees_holds_the_circle_where_it_is_widest() -> None:
    high, wide = box_around(60, 500)
    # the circle is widest north of its centre; 500 / 111.2 / cos 60° = 8.99° would be too little
    there = 60.4, 9.0
    assert kilometres(60, 0, *there) < 500
    assert wide > there[1]
    assert high > 0.4
