"""The jury's ranking: weights, ties, and whom it awards."""

from dataclasses import replace
from datetime import UTC, datetime
from typing import Any

from hypothesis import given
from hypothesis import strategies as st

from triskel.activities.activities.rules.challenge import (
    Challenge,
    Criterion,
    Deliverable,
    Sheet,
    Team,
)
from triskel.activities.challenges.rules.ranking import ranking_of
from triskel.contracts.codes import Isced
from triskel.contracts.format_codes import ChallengePhase, DeliverableKind

NOW = datetime(2026, 1, 20, 8, tzinfo=UTC)
WHAT = Deliverable("Dossier", DeliverableKind.REPORT, NOW, url="https://a.example/d.pdf")


def judged(given_: dict[int, list[Any]]) -> Challenge:
    """Each team's marks by juror; criteria weigh 40 and 60, and 20 is their best mark."""
    return Challenge(
        "Faites flotter un capteur.",
        criteria=(Criterion("idée", 40, 20), Criterion("prototype", 60, 20)),
        phase=ChallengePhase.JURY,
        teams=tuple(
            Team(number, f"Équipe {number}", Isced.UPPER_SECONDARY, 2, 2, 0, None, (WHAT,))
            for number in given_
        ),
        sheets=tuple(
            Sheet(seat, number, tuple(points))
            for number, each in given_.items()
            for seat, points in enumerate(each, 1)
        ),
    )


def test_the_heaviest_criterion_tells_equal_teams_apart_and_then_they_share_the_rank() -> None:
    challenge = judged(
        {
            # 1 and 2 have the same score: 40 x 6 = 60 x 4
            1: [[16, 10], [16, 10]],
            2: [[10, 14], [10, 14]],
            3: [[10, 14], [10, 14]],
            4: [[0, 1], [0, 0]],
        },
    )
    found = {row.team: row for row in ranking_of(challenge, 1)}
    assert found[1].score == found[2].score == 6_200
    assert {number: row.rank for number, row in found.items()} == {2: 1, 3: 1, 1: 3, 4: 4}
    assert {number for number, row in found.items() if row.awarded} == {2, 3}


points = st.lists(
    st.lists(st.tuples(st.integers(0, 20), st.integers(0, 20)), min_size=2, max_size=2),
    min_size=1,
    max_size=8,
)


@given(points, st.integers(1, 3))
def test_a_better_score_never_ranks_lower_and_awards_go_to_the_first(
    given_: list[Any], places: int
) -> None:
    challenge = judged(dict(enumerate(given_, 1)))
    rows = ranking_of(challenge, places)
    assert [row.rank for row in rows] == sorted(row.rank for row in rows)
    assert [row.score for row in rows] == sorted((row.score for row in rows), reverse=True)
    assert rows[0].rank == 1
    assert all(row.awarded == (row.rank <= places) for row in rows)
    assert all(0 <= row.score <= 10_000 for row in rows)


def test_a_team_that_handed_nothing_in_has_no_rank() -> None:
    challenge = judged({1: [[10, 10]], 2: [[12, 12]]})
    idle = replace(
        challenge, teams=(replace(challenge.teams[0], deliverables=()), challenge.teams[1])
    )
    assert [row.team for row in ranking_of(idle, 2)] == [2]
