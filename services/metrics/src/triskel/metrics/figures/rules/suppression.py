"""Groups of fewer than five persons are not shown, nor what would let them be worked out."""

from collections.abc import Hashable, Mapping, Sequence
from typing import TypeVar

SMALLEST_GROUP = 5
"""The rule of the French school statistics (DEPP) and of domain.md: 1 to 4 are too few."""

Group = TypeVar("Group", bound=Hashable)


def hidden(groups: Mapping[Group, Sequence[int]]) -> frozenset[Group]:
    """Which groups of one table must be hidden, when the sum of all of them is shown.

    Each group has the same columns (girls, boys, undeclared, say). A group with a count from 1 to
    4 is hidden, with all its columns. Then, so that the shown total less the shown groups does not
    give it away, the next smallest groups are hidden too, until at least two groups are hidden
    and in each column they hold together either nobody or at least five persons.
    """
    away = {group for group, counts in groups.items() if any(map(_too_few, counts))}
    if not away:
        return frozenset()
    by_size = sorted(
        (group for group in groups if group not in away),
        key=lambda group: (sum(groups[group]) == 0, sum(groups[group]), str(group)),
    )
    while by_size and not _safe([groups[group] for group in away]):
        away.add(by_size.pop(0))
    return frozenset(away)


def too_small(counts: Sequence[int]) -> bool:
    """Whether a group that stands alone, a total for instance, must be hidden."""
    return any(map(_too_few, counts))


def _too_few(count: int) -> bool:
    return 0 < count < SMALLEST_GROUP


def _safe(away: Sequence[Sequence[int]]) -> bool:
    columns = list(zip(*away, strict=True))
    return len(away) >= 2 and not any(_too_few(sum(column)) for column in columns)
