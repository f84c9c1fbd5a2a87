"""A round in which schools and hosts rank each other: who may do what, and what becomes of it."""

from collections.abc import Sequence
from dataclasses import dataclass, replace
from datetime import UTC, datetime, timedelta
from uuid import UUID

from triskel.chassis.actions import Attempt, Change
from triskel.contracts import registry as contract
from triskel.contracts.codes import Side
from triskel.contracts.days import days_later
from triskel.contracts.registry_codes import RoundState
from triskel.registry.matching.refusals import (
    DeadlineOutOfRange,
    NobodyMatched,
    NobodyToMatch,
    NoResultYet,
    NotAParticipant,
    NotOfTheOtherSide,
    RankedTwice,
    RankingConfidential,
    RankingDeadlinePassed,
    RankingTooLong,
    RoundTooLarge,
)
from triskel.registry.organisations.refusals import CoordinatorOnly, OrganisationNotYours

_S = RoundState
LIVE = frozenset({_S.OPENED, _S.RANKING_CLOSED, _S.MATCHED})
"""States in which a second round of the same region and year would ask people twice."""
LONGEST_LIST = 100
MOST_SCHOOLS = 5_000
MOST_HOSTS = 2_000
MOST_PLACES = 6_000
"""Together they keep every event of a round below the bus's limit of 1 MiB."""
Groups = Sequence[Sequence[UUID]]
"""A ranking: groups of equal rank, the best first."""


@dataclass(frozen=True)
class Pair:
    school_id: UUID
    company_id: UUID


@dataclass(frozen=True)
class Round:
    """`schools` and `companies` take part; `…_ranked` and `matched` are known later. `pairs` are
    those that were confirmed, where they are shown or told."""

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
    pairs: tuple[Pair, ...] = ()
    closed_at: datetime | None = None


@dataclass(frozen=True)
class Facts:
    """Of a round that is open, how many have ranked. `side`: for which the caller takes part, if it
    speaks for a participant."""

    schools_ranked: int = 0
    companies_ranked: int = 0
    side: Side | None = None


RoundAttempt = Attempt[Round, Facts]
RoundChange = Change[Round]


def coordinator(attempt: RoundAttempt) -> CoordinatorOnly | None:
    return None if Side.COORDINATOR in attempt.actor.sides else CoordinatorOnly()


def takes_part(attempt: RoundAttempt) -> NotAParticipant | None:
    return None if attempt.facts.side else NotAParticipant()


def in_time(attempt: RoundAttempt) -> RankingDeadlinePassed | None:
    rank_until = attempt.subject.rank_until
    if attempt.now <= rank_until:
        return None
    return RankingDeadlinePassed(value=rank_until.isoformat())


def has_pairs(attempt: RoundAttempt) -> NobodyMatched | None:
    return None if attempt.subject.matched else NobodyMatched(value=0)


def own_ranking(
    attempt: RoundAttempt, organisation_id: UUID, version: int, groups: Groups
) -> OrganisationNotYours | None:
    """Nobody ranks for others."""
    return None if attempt.actor.organisation == organisation_id else OrganisationNotYours()


def ranking_version(
    attempt: RoundAttempt, organisation_id: UUID, version: int, groups: Groups
) -> int:
    """A ranking has a version of its own: the round stays as it is."""
    return version


def rank(
    attempt: RoundAttempt, organisation_id: UUID, version: int, groups: Groups
) -> tuple[RoundChange, ...]:
    """The round stays as it is, and no event tells of a ranking. Raises `RankingTooLong`."""
    length = sum(len(group) for group in groups)
    if length > LONGEST_LIST:
        raise RankingTooLong(most=LONGEST_LIST, value=length)
    return ()


def close_ranking(attempt: RoundAttempt) -> RoundChange:
    closed = replace(
        _next(attempt, _S.RANKING_CLOSED),
        schools_ranked=attempt.facts.schools_ranked,
        companies_ranked=attempt.facts.companies_ranked,
    )
    return Change(closed, contract.MatchingRoundRankingClosed)


def match(attempt: RoundAttempt, pairs: int) -> RoundChange:
    matched = replace(_next(attempt, _S.MATCHED), matched=pairs)
    return Change(matched, contract.MatchingRoundMatched)


def confirm(attempt: RoundAttempt, pairs: tuple[Pair, ...]) -> RoundChange:
    confirmed = replace(_next(attempt, _S.CONFIRMED), pairs=pairs, closed_at=attempt.now)
    return Change(confirmed, contract.MatchingRoundConfirmed)


def cancel(attempt: RoundAttempt) -> RoundChange:
    """It comes to nothing; who waits, waits."""
    cancelled = replace(_next(attempt, _S.CANCELLED), closed_at=attempt.now)
    return Change(cancelled, contract.MatchingRoundCancelled)


def _next(attempt: RoundAttempt, state: RoundState) -> Round:
    return replace(attempt.subject, version=attempt.subject.version + 1, state=state)


def check_opening(opened: Round, places: int, limits: contract.MatchingLimits) -> None:
    """Raises `Invalid` for a deadline that is too near or too far, `Conflict` when there is nobody
    to match or too many; `places` are those of its schools."""
    hours, days = limits.ranking_hours, limits.ranking_days
    earliest = opened.opened_at + timedelta(hours=hours)
    latest = days_later(opened.opened_at, days, UTC)
    if not earliest <= opened.rank_until <= latest:
        raise DeadlineOutOfRange(hours=hours, days=days, value=opened.rank_until.isoformat())
    if not opened.schools or not opened.companies:
        raise NobodyToMatch(schools=opened.schools, hosts=opened.companies)
    if opened.schools > MOST_SCHOOLS or opened.companies > MOST_HOSTS or places > MOST_PLACES:
        raise RoundTooLarge(
            most_schools=MOST_SCHOOLS,
            most_places=MOST_PLACES,
            most_hosts=MOST_HOSTS,
            schools=opened.schools,
            places=places,
            hosts=opened.companies,
        )


def check_ranking(groups: Groups, others: frozenset[UUID]) -> None:
    """Raises `Invalid` unless everybody listed is of the other side of this round, and once."""
    listed: set[UUID] = set()
    for rank, group in enumerate(groups):
        for place, organisation_id in enumerate(group):
            field = f"groups.{rank}.{place}"
            if organisation_id in listed:
                raise RankedTwice(field=field, value=str(organisation_id))
            if organisation_id not in others:
                raise NotOfTheOtherSide(field=field, value=str(organisation_id))
            listed.add(organisation_id)


def check_may_see_ranking(attempt: RoundAttempt, organisation_id: UUID) -> None:
    """Rankings are confidential: the organisation's own people and the coordinator see them."""
    own = attempt.facts.side and attempt.actor.organisation == organisation_id
    if not own and Side.COORDINATOR not in attempt.actor.sides:
        raise RankingConfidential


def whose_result(attempt: RoundAttempt) -> UUID | None:
    """Whose result this caller sees: null for the coordinator, who sees all of it as soon as there
    is one; a participant sees its own when it is confirmed. Raises `NotAParticipant` and
    `NoResultYet`."""
    state, all_of_it = attempt.subject.state, Side.COORDINATOR in attempt.actor.sides
    if not all_of_it and attempt.facts.side is None:
        raise NotAParticipant
    if state is not _S.CONFIRMED and not (all_of_it and state is _S.MATCHED):
        raise NoResultYet(state=state, value=state)
    return None if all_of_it else attempt.actor.organisation
