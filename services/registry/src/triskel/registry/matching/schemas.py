"""What is sent to and answered by `/v1/matching`."""

from dataclasses import asdict
from datetime import datetime
from typing import Annotated, Any, Self
from uuid import UUID

from fastapi import Depends, Query
from pydantic import BaseModel, ConfigDict, Field

from triskel.chassis.http import example
from triskel.chassis.http.values import Day, Moment, Region, SchoolYear
from triskel.contracts import registry as contract
from triskel.contracts.codes import Side
from triskel.contracts.registry_codes import RoundState
from triskel.registry.matching.actions import ACTIONS
from triskel.registry.matching.commands.confirming import Terms
from triskel.registry.matching.queries.rounds import RoundFilter
from triskel.registry.matching.queries.suggestions import SuggestionsWanted
from triskel.registry.matching.rules.explaining import explain
from triskel.registry.matching.rules.rounds import LONGEST_LIST, MOST_PLACES, Pair, RoundAttempt
from triskel.registry.matching.rules.scoring import Fit, Weights
from triskel.registry.matching.rules.stable import Refusal, Unplaced
from triskel.registry.matching.tables import ROUND, MatchingPairRow, MatchingParticipantRow
from triskel.registry.partnerships.schemas import AnswerDays, Goals

Year = Annotated[SchoolYear, Query(examples=["2025-2026"])]
_SCHOOL, _COMPANY = "0199a1b2-0001-7000-8000-000000000001", "0199a1b2-0002-7000-8000-000000000002"


class Criterion(BaseModel):
    """`share` from 0 to 1 says how well it is met, null that nobody said: that counts for half.
    `contribution` is in points; those of all criteria sum up to the score. `sentence` is by
    language."""

    criterion: str
    value: float | int | list[str] | None
    share: float | None
    weight: float
    contribution: float
    sentence: dict[str, str]


class Suggestion(BaseModel):
    """`points` of 100; `waiting_since` null: not on the waiting list of that year."""

    school_id: UUID
    company_id: UUID
    points: float
    distance_km: float | None
    waiting_since: datetime | None
    criteria: list[Criterion]

    @classmethod
    def of(cls, fit: Fit, weights: Weights, *, for_school: bool) -> "Suggestion":
        """What a school, or else a host, is told of the other."""
        return cls(
            school_id=fit.school.id,
            company_id=fit.host.id,
            points=fit.points,
            distance_km=None if fit.distance_km is None else round(fit.distance_km, 1),
            waiting_since=(fit.host if for_school else fit.school).since,
            criteria=[Criterion(**asdict(each)) for each in explain(fit, weights)],
        )


class Suggestions(BaseModel):
    """The best first. `weights` are this deployment's."""

    school_year: SchoolYear
    weights: dict[str, float]
    items: list[Suggestion]


class WaitingSchool(BaseModel):
    """A school on the waiting list, with the hosts that fit it best."""

    entry_id: UUID
    school_id: UUID
    since: datetime
    remaining: int
    suggestions: list[Suggestion]


class NewRound(BaseModel):
    model_config = example(school_year="2025-2026", rank_until="2025-10-15T16:00:00Z")

    region: Region | None = Field(default=None, description="your token's region, if not given")
    school_year: SchoolYear
    rank_until: Moment = Field(
        description="`matching.ranking_hours` of the region from now at least, and "
        "`matching.ranking_days` at most"
    )


class RoundAnswer(contract.MatchingRound):
    """A round, with what this caller may do with it now."""

    allowed_actions: tuple[str, ...] = ()

    @classmethod
    def of(cls, attempt: RoundAttempt) -> Self:
        return ROUND.answer(cls, attempt.subject, allowed_actions=ACTIONS.allowed(attempt))


class Participant(BaseModel):
    organisation_id: UUID
    side: Side


class GivenRanking(BaseModel):
    """Groups of equal rank, the best first; who is not listed is not wanted."""

    model_config = example(groups=[[_COMPANY]])

    groups: list[Annotated[list[UUID], Field(min_length=1, max_length=LONGEST_LIST)]] = Field(
        max_length=LONGEST_LIST
    )


class RankingAnswer(BaseModel):
    """`version` 0: nothing was ranked yet."""

    organisation_id: UUID
    version: int
    groups: list[list[UUID]]
    ranked_at: datetime | None

    @classmethod
    def of(cls, row: MatchingParticipantRow) -> Self:
        return cls(
            organisation_id=row.organisation_id,
            version=row.ranking_version,
            groups=[[UUID(each) for each in group] for group in row.ranking or ()],
            ranked_at=row.ranked_at,
        )


class GivenPair(BaseModel):
    model_config = ConfigDict(extra="forbid")

    school_id: UUID
    company_id: UUID


class Confirmation(BaseModel):
    """The partnerships that are proposed for every pair that is not left out."""

    model_config = example(
        starts_on="2025-11-03",
        ends_on="2026-07-03",
        left_out=[{"school_id": _SCHOOL, "company_id": _COMPANY}],
    )

    starts_on: Day
    ends_on: Day
    answer_days: AnswerDays = None
    goals: Goals | None = None
    left_out: list[GivenPair] = Field(default=[], max_length=MOST_PLACES)

    def to_domain(self) -> Terms:
        left_out = tuple(Pair(pair.school_id, pair.company_id) for pair in self.left_out)
        return Terms(self.starts_on, self.ends_on, self.answer_days, self.goals, left_out)


class PairAnswer(BaseModel):
    """Ranks count groups of equal rank from 1. To the coordinator both are shown, to a partner its
    own: the other side's ranking is confidential."""

    school_id: UUID
    company_id: UUID
    school_rank: int | None
    company_rank: int | None
    points: float
    criteria: list[Criterion]
    left_out: bool

    @classmethod
    def of(cls, row: MatchingPairRow, own: UUID | None) -> Self:
        """As one of the two sees it; null: the coordinator."""
        shown: dict[str, Any] = row.model_dump(exclude={"round_id"})
        if own == row.school_id:
            shown["company_rank"] = None
        if own == row.company_id:
            shown["school_rank"] = None
        return cls(**shown)


REFUSALS: dict[str, dict[str, str]] = {
    Refusal.NOT_RANKED_BACK: {
        "fr": "Cette structure n'a pas classé cet établissement.",
        "en": "This host did not rank this school.",
    },
    Refusal.NO_PLACES: {
        "fr": "Cette structure ne prend plus de partenariat cette année.",
        "en": "This host takes on no more partnerships this year.",
    },
    Refusal.RANKED_HIGHER: {
        "fr": "Cette structure est complète avec des établissements qu'elle a mieux classés.",
        "en": "This host is full with schools that it ranked higher.",
    },
    Refusal.SCORE: {
        "fr": "Cette structure est complète ; à rang égal, un meilleur score a décidé.",
        "en": "This host is full; among equal ranks a better score decided.",
    },
    Refusal.WAITING: {
        "fr": "Cette structure est complète ; à rang et score égaux, la plus longue attente a "
        "décidé.",
        "en": "This host is full; among equal ranks and scores the longer waiting decided.",
    },
    Refusal.LOTTERY: {
        "fr": "Cette structure est complète ; à rang, score et attente égaux, le tirage au sort a "
        "décidé.",
        "en": "This host is full; among equal ranks, scores and waiting times the lot decided.",
    },
}
UNPLACED: dict[str, dict[str, str]] = {
    Unplaced.LEFT: {
        "fr": "N'attend plus de partenaire, ou ne peut plus en prendre.",
        "en": "No longer waits for a partner, or may take on none.",
    },
    Unplaced.NOT_RANKED: {
        "fr": "N'a classé personne avant la date limite.",
        "en": "Ranked nobody before the deadline.",
    },
    Unplaced.NOT_RANKED_BACK: {
        "fr": "N'a été classé par aucun de ceux de son classement.",
        "en": "Nobody on its list ranked it back.",
    },
    Unplaced.OTHERS_CHOSEN: {
        "fr": "Ceux de son classement sont complets, ou ont obtenu mieux selon eux.",
        "en": "Those on its list are full, or got what they ranked higher.",
    },
}


class RefusalAnswer(BaseModel):
    """A host that this school ranked and did not get."""

    company_id: UUID
    rank: int
    reason: Refusal
    sentence: dict[str, str]

    @classmethod
    def of(cls, kept: dict[str, Any]) -> "RefusalAnswer":
        return cls(**kept, sentence=REFUSALS[kept["reason"]])


class Outcome(BaseModel):
    """What became of one participant. `reason` null: every place is filled. `refusals` are a
    school's; why a school was not for a host is told to that school alone."""

    organisation_id: UUID
    side: Side
    places: int
    partners: list[UUID]
    reason: Unplaced | None
    sentence: dict[str, str] | None
    refusals: list[RefusalAnswer]

    @classmethod
    def of(cls, row: MatchingParticipantRow, partners: list[UUID]) -> Self:
        return cls(
            organisation_id=row.organisation_id,
            side=Side(row.side),
            places=row.places or 0,
            partners=partners,
            reason=row.reason,
            sentence=UNPLACED[row.reason] if row.reason else None,
            refusals=[RefusalAnswer.of(each) for each in row.refusals or ()],
        )


async def _wanted_rounds(
    state: RoundState | None = None, school_year: Annotated[SchoolYear | None, Query()] = None
) -> RoundFilter:
    return RoundFilter(state, school_year)


async def _wanted_suggestions(
    school_year: Year,
    school_id: UUID | None = None,
    company_id: UUID | None = None,
    waiting: Annotated[bool, Query(description="only those on the waiting list")] = False,
    limit: Annotated[int, Query(ge=1, le=50, description="how many, the best first")] = 10,
) -> SuggestionsWanted:
    return SuggestionsWanted(school_year, school_id, company_id, waiting, limit)


WantedRounds = Annotated[RoundFilter, Depends(_wanted_rounds)]
WantedSuggestions = Annotated[SuggestionsWanted, Depends(_wanted_suggestions)]
"""What is looked for, as a query gives it."""
