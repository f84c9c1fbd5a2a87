"""A round in which schools and hosts rank each other: its states, and why somebody got nobody."""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import datetime, timedelta
from enum import StrEnum
from uuid import UUID

from triskel.contracts.codes import RoundState
from triskel.contracts.refusals import Refusal as Refused
from triskel.contracts.refusals import StateDoesNotAllow
from triskel.registry.matching.refusals import (
    DeadlineOutOfRange,
    NobodyMatched,
    NobodyToMatch,
    NotAParticipant,
    NotOfTheOtherSide,
    RankedTwice,
    RankingDeadlinePassed,
    RankingTooLong,
    RoundTooLarge,
)
from triskel.registry.matching.rules.stable import Matching, Ranking, rank_of
from triskel.registry.organisations.refusals import CoordinatorOnly

_S = RoundState
LIVE = frozenset({_S.OPENED, _S.RANKING_CLOSED, _S.MATCHED})
"""States in which a second round of the same region and year would ask people twice."""
SHORTEST_RANKING = timedelta(hours=1)
LONGEST_RANKING_TIME = timedelta(days=90)
LONGEST_LIST = 100
MOST_SCHOOLS = 5_000
MOST_HOSTS = 2_000
MOST_PLACES = 6_000
"""Together they keep every event of a round below the bus's limit of 1 MiB."""


@dataclass(frozen=True)
class Round:
    """`schools` and `companies` take part; `…_ranked` and `matched` are known later."""

    id: UUID
    region: str
    version: int
    school_year: str
    state: RoundState
    opened_at: datetime
    rank_until: datetime
    schools: int
    companies: int
    schools_ranked: int | None = None
    companies_ranked: int | None = None
    matched: int | None = None
    closed_at: datetime | None = None


@dataclass(frozen=True)
class Actor:
    """Who acts: the region's coordinator, somebody who speaks for a participant, or neither."""

    coordinator: bool
    participant: bool


@dataclass(frozen=True)
class Action:
    sources: frozenset[RoundState]
    who: Callable[[Actor], Refused | None]
    also: Callable[[Round, datetime], Refused | None] = lambda *_: None


def _coordinator(actor: Actor) -> Refused | None:
    if actor.coordinator:
        return None
    return CoordinatorOnly()


def _participant(actor: Actor) -> Refused | None:
    if actor.participant:
        return None
    return NotAParticipant()


def _in_time(known: Round, now: datetime) -> Refused | None:
    if now <= known.rank_until:
        return None
    return RankingDeadlinePassed(value=known.rank_until.isoformat())


def _has_pairs(known: Round, _: datetime) -> Refused | None:
    if known.matched:
        return None
    return NobodyMatched(value=0)


ACTIONS: dict[str, Action] = {
    "rank": Action(frozenset({_S.OPENED}), _participant, _in_time),
    "close-ranking": Action(frozenset({_S.OPENED}), _coordinator),
    # again after what it was computed from has changed: somebody found a partner, say
    "match": Action(frozenset({_S.RANKING_CLOSED, _S.MATCHED}), _coordinator),
    "confirm": Action(frozenset({_S.MATCHED}), _coordinator, _has_pairs),
    "cancel": Action(LIVE, _coordinator),
}


def refusal(action: str, known: Round, actor: Actor, now: datetime) -> Refused | None:
    """Why an action is not allowed; None when it is."""
    rule = ACTIONS[action]
    if refused := rule.who(actor):
        return refused
    if known.state not in rule.sources:
        return StateDoesNotAllow(
            action=action,
            state=known.state,
            sources=" / ".join(sorted(rule.sources)),
            value=known.state,
        )
    return rule.also(known, now)


def allowed_actions(known: Round, actor: Actor, now: datetime) -> list[str]:
    return [name for name in ACTIONS if refusal(name, known, actor, now) is None]


def check_who(action: str, actor: Actor) -> None:
    """Raises the `Refusal` of who may not do it, whatever the state is."""
    if refused := ACTIONS[action].who(actor):
        raise refused


def check(action: str, known: Round, actor: Actor, now: datetime) -> None:
    """Raises the `Refusal`."""
    if refused := refusal(action, known, actor, now):
        raise refused


def check_opening(
    rank_until: datetime, schools: int, hosts: int, places: int, now: datetime
) -> None:
    """Raises `Invalid` for a deadline that is too near or too far, `Conflict` when there is nobody
    to match or too many."""
    if not now + SHORTEST_RANKING <= rank_until <= now + LONGEST_RANKING_TIME:
        raise DeadlineOutOfRange(value=rank_until.isoformat())
    if not schools or not hosts:
        raise NobodyToMatch(schools=schools, hosts=hosts)
    if schools > MOST_SCHOOLS or hosts > MOST_HOSTS or places > MOST_PLACES:
        raise RoundTooLarge(
            most_schools=MOST_SCHOOLS,
            most_places=MOST_PLACES,
            most_hosts=MOST_HOSTS,
            schools=schools,
            places=places,
            hosts=hosts,
        )


def close_ranking(known: Round, schools_ranked: int, companies_ranked: int) -> Round:
    return replace(
        known,
        version=known.version + 1,
        state=_S.RANKING_CLOSED,
        schools_ranked=schools_ranked,
        companies_ranked=companies_ranked,
    )


def matched(known: Round, pairs: int) -> Round:
    return replace(known, version=known.version + 1, state=_S.MATCHED, matched=pairs)


def confirmed(known: Round, now: datetime) -> Round:
    return replace(known, version=known.version + 1, state=_S.CONFIRMED, closed_at=now)


def cancelled(known: Round, now: datetime) -> Round:
    return replace(known, version=known.version + 1, state=_S.CANCELLED, closed_at=now)


def listed(groups: Sequence[Sequence[UUID]]) -> frozenset[UUID]:
    """Everybody in a ranking. Raises `Invalid` for one that is too long."""
    number = sum(len(group) for group in groups)
    if number > LONGEST_LIST:
        raise RankingTooLong(most=LONGEST_LIST, value=number)
    return frozenset(each for group in groups for each in group)


def check_ranking(groups: Sequence[Sequence[UUID]], others: frozenset[UUID]) -> None:
    """Raises `Invalid` unless everybody listed is of the other side of this round, and once."""
    seen: set[UUID] = set()
    for first, group in enumerate(groups):
        for second, number in enumerate(group):
            field = f"groups.{first}.{second}"
            if number in seen:
                raise RankedTwice(field=field, value=str(number))
            if number not in others:
                raise NotOfTheOtherSide(field=field, value=str(number))
            seen.add(number)


class Unplaced(StrEnum):
    """Why a participant got fewer partners than it has places for."""

    LEFT = "left-the-waiting-list"
    NOT_RANKED = "did-not-rank"
    NOT_RANKED_BACK = "nobody-ranked-it-back"
    OTHERS_CHOSEN = "those-it-ranked-took-others"


def unplaced(
    own: Mapping[UUID, Ranking],
    others: Mapping[UUID, Ranking],
    matching: Matching,
    gone: frozenset[UUID],
) -> dict[UUID, Unplaced]:
    """Of one side: everybody who has places left, with the reason."""
    got: dict[UUID, int] = {}
    for pair in matching.pairs:
        for number in (pair.school, pair.host):
            got[number] = got.get(number, 0) + 1
    ranked_by_others = {number: rank_of(ranking).keys() for number, ranking in others.items()}
    found = {}
    for number, ranking in own.items():
        listed = rank_of(ranking)
        if number in gone:
            found[number] = Unplaced.LEFT
        elif got.get(number, 0) >= ranking.places:
            continue
        elif not ranking.groups:
            found[number] = Unplaced.NOT_RANKED
        elif not any(number in ranked_by_others[other] for other in listed if other in others):
            found[number] = Unplaced.NOT_RANKED_BACK
        else:
            found[number] = Unplaced.OTHERS_CHOSEN
    return found
