"""Rounds in which schools and companies rank each other, and what came out."""

from datetime import datetime
from typing import Any
from uuid import UUID

from sqlmodel import Field

from triskel.chassis.shapes import Shape
from triskel.chassis.tables import document, moment, optional_document
from triskel.contracts import registry as contract
from triskel.registry.database import Table
from triskel.registry.matching.rules.rounds import Round


class MatchingRoundRow(Table, table=True):
    """A region has one live round a school year: the index `matching_rounds_one_live`."""

    __tablename__ = "matching_rounds"

    id: UUID = Field(primary_key=True)
    version: int
    region: str
    school_year: str
    state: str
    opened_at: datetime = moment()
    rank_until: datetime = moment()
    schools: int
    companies: int
    schools_ranked: int | None
    companies_ranked: int | None
    matched: int | None
    closed_at: datetime | None = moment()


class MatchingParticipantRow(Table, table=True):
    """Who takes part, its ranking (groups of ids, the best first), and why it got too few."""

    __tablename__ = "matching_participants"

    round_id: UUID = Field(primary_key=True, foreign_key="matching_rounds.id")
    organisation_id: UUID = Field(primary_key=True, foreign_key="organisations.id")
    side: str
    entry_id: UUID = Field(foreign_key="waiting_entries.id")
    ranking_version: int = 0
    ranking: list[list[str]] | None = optional_document()
    ranked_at: datetime | None = moment()
    places: int | None
    reason: str | None
    refusals: list[dict[str, Any]] | None = optional_document()


class MatchingPairRow(Table, table=True):
    """A pair that the matching found; `left_out`: the coordinator did not confirm it."""

    __tablename__ = "matching_pairs"

    round_id: UUID = Field(primary_key=True, foreign_key="matching_rounds.id")
    school_id: UUID = Field(primary_key=True, foreign_key="organisations.id")
    company_id: UUID = Field(primary_key=True, foreign_key="organisations.id")
    school_rank: int
    company_rank: int
    points: float
    criteria: list[dict[str, Any]] = document()
    left_out: bool


ROUND = Shape(Round, MatchingRoundRow, contract.MatchingRound, unkept={"pairs"})
