"""From jurors' marks to places, in exact numbers."""

from fractions import Fraction

from triskel.activities.activities.rules.challenge import Challenge, Ranked

FULL_SCORE = 10_000


def ranking_of(challenge: Challenge, places: int) -> tuple[Ranked, ...]:
    """The teams that handed something in, the best first; those of the first `places` are awarded.

    A juror's marks count with each criterion's weight, as parts of its best mark; a team's score is
    the mean of all jurors. Equal teams are told apart by their mean in the heaviest criterion, then
    in the next (of equal weight: the one named first). Teams that are still equal share the rank,
    and the next rank is left out; so there may be more awarded teams than places.
    """
    by_weight = sorted(
        range(len(challenge.criteria)), key=lambda at: -challenge.criteria[at].weight
    )
    whole = sum(criterion.weight for criterion in challenge.criteria)
    merits: dict[int, tuple[Fraction, ...]] = {}
    for team in challenge.submitted:
        sheets = [sheet.points for sheet in challenge.sheets if sheet.team == team.number]
        means = [
            Fraction(sum(points[at] for points in sheets), criterion.best * len(sheets))
            for at, criterion in enumerate(challenge.criteria)
        ]
        score = sum(
            (
                mean * criterion.weight
                for mean, criterion in zip(means, challenge.criteria, strict=True)
            ),
            Fraction(),
        )
        merits[team.number] = (score / whole, *(means[at] for at in by_weight))
    ranks = {
        number: 1 + sum(other > merit for other in merits.values())
        for number, merit in merits.items()
    }
    return tuple(
        Ranked(
            team=number,
            score=round(merits[number][0] * FULL_SCORE),
            rank=ranks[number],
            awarded=ranks[number] <= places,
        )
        for number in sorted(ranks, key=lambda number: (ranks[number], number))
    )
