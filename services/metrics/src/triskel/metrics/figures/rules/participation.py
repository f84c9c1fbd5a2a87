"""Indicators 1, 2, 3, 9 and 21: schools, partnerships, formats and messages counted."""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass

from triskel.contracts.codes import ActivityFormat
from triskel.metrics.figures.rules import definitions
from triskel.metrics.figures.rules.figures import Figure, Frame, Ratio


@dataclass(frozen=True)
class Schools:
    """Open schools of the directory; those with an active partnership; those reached."""

    open: int = 0
    covered: int = 0
    reached: int = 0


@dataclass(frozen=True)
class Partnerships:
    """Of one school year; `previous` were active in the year before, `followed` of them were
    renewed into this one."""

    active: int = 0
    new: int = 0
    renewed: int = 0
    ended: int = 0
    previous: int = 0
    followed: int = 0


def school_figures(
    frame: Frame,
    total: Schools,
    by_level: Mapping[str, Schools],
    reached_by_format: Mapping[str, int],
) -> Iterable[Figure]:
    yield frame.percent(definitions.SCHOOL_COVERAGE, Ratio(total.covered, total.open))
    yield frame.percent(definitions.SCHOOLS_REACHED, Ratio(total.reached, total.open))
    for level, schools in sorted(by_level.items()):
        yield frame.percent(
            definitions.SCHOOL_COVERAGE, Ratio(schools.covered, schools.open), {"level": level}
        )
        yield frame.percent(
            definitions.SCHOOLS_REACHED, Ratio(schools.reached, schools.open), {"level": level}
        )
    for name, reached in sorted(reached_by_format.items()):
        yield frame.percent(
            definitions.SCHOOLS_REACHED, Ratio(reached, total.open), {"format": name}
        )


def partnership_figures(frame: Frame, counted: Partnerships) -> Iterable[Figure]:
    for status in ("active", "new", "renewed", "ended"):
        yield frame.count(definitions.PARTNERSHIPS, getattr(counted, status), {"status": status})
    yield frame.percent(definitions.RENEWAL_RATE, Ratio(counted.followed, counted.previous))


def format_figures(frame: Frame, delivered: Mapping[str, int]) -> Iterable[Figure]:
    """Formats that were not delivered are rows too: a gap in the mix is what one looks for."""
    everything = sum(delivered.values())
    for form in ActivityFormat:
        share = Ratio(delivered.get(form, 0), everything)
        yield frame.percent(definitions.FORMAT_MIX, share, {"format": str(form)})
    squares = sum(count * count for count in delivered.values())
    yield frame.quotient(definitions.FORMAT_DIVERSITY, Ratio(everything * everything, squares))


def message_figures(frame: Frame, by_channel: Mapping[str, tuple[int, int]]) -> Iterable[Figure]:
    """`by_channel` gives (left, given up)."""
    for channel, (left, failed) in sorted(by_channel.items()):
        yield frame.percent(
            definitions.NOTIFICATION_HEALTH, Ratio(left, left + failed), {"channel": channel}
        )
