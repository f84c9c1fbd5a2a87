"""What the registry says of rounds in which schools and companies rank each other."""

from datetime import datetime
from typing import ClassVar
from uuid import UUID

from pydantic import Field

from triskel.contracts.codes import Role, SchoolYear
from triskel.contracts.event import Aggregate, Event, Part
from triskel.contracts.registry_codes import RoundState


class MatchedPair(Part):
    school_id: UUID
    company_id: UUID


class MatchingRound(Aggregate):
    """One region's round for one school year. Rankings are confidential: no event has them.

    `schools` and `companies` count who may rank, `…_ranked` who did (null until ranking closed),
    `matched` the pairs found (null until then). `pairs` are those that were confirmed.
    """

    school_year: SchoolYear
    state: RoundState
    opened_at: datetime
    rank_until: datetime
    schools: int = Field(ge=0)
    companies: int = Field(ge=0)
    schools_ranked: int | None = Field(default=None, ge=0)
    companies_ranked: int | None = Field(default=None, ge=0)
    matched: int | None = Field(default=None, ge=0)
    pairs: tuple[MatchedPair, ...] = ()
    closed_at: datetime | None = None


class MatchingRoundEvent(Event):
    owner: ClassVar[str] = "registry"
    topic: ClassVar[str] = "registry.matching-rounds"
    round: MatchingRound
    by: Role

    @property
    def aggregate(self) -> MatchingRound:
        return self.round


class MatchingRoundOpened(MatchingRoundEvent):
    """Who waits may rank until `round.rank_until`; `participants` are their organisations."""

    participants: tuple[UUID, ...] = ()


class MatchingRoundRankingClosed(MatchingRoundEvent):
    """The deadline passed, or the coordinator closed the ranking before."""


class MatchingRoundMatched(MatchingRoundEvent):
    """A stable matching was computed; the coordinator looks at it."""


class MatchingRoundConfirmed(MatchingRoundEvent):
    """The coordinator confirmed `round.pairs`: their partnerships are proposed."""


class MatchingRoundCancelled(MatchingRoundEvent):
    """The coordinator broke it off, or discarded what was matched."""
