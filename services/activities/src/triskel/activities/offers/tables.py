"""Offers and their history."""

from datetime import date, datetime
from typing import Any
from uuid import UUID

from sqlalchemy import Column
from sqlalchemy.dialects.postgresql import DATEMULTIRANGE, JSONB, TSVECTOR
from sqlmodel import Field

from triskel.activities.database import Table
from triskel.chassis.tables import moment, texts


class OfferRow(Table, table=True):
    """`data` is the whole state; the other columns are what a search looks for, in one table, so
    that one index answers.

    `subjects` are folded (no accents, lower case), and so is `document`. `host_listed` and
    `host_rank` (0 answers at once, 1 never) follow what is heard of the host; `free_days` and
    `next_free` follow the activities that name the offer, as of `counted_on`.
    """

    __tablename__ = "offers"

    id: UUID = Field(primary_key=True)
    version: int
    region: str
    host_id: UUID
    format: str
    state: str
    drafted_at: datetime = moment()
    levels: list[str] = texts()
    subjects: list[str] = texts()
    languages: list[str] = texts()
    places: list[str] = texts()
    document: Any = Field(sa_column=Column(TSVECTOR, nullable=False))
    latitude: float | None
    longitude: float | None
    radius_km: int | None
    lead_days: int
    host_listed: bool
    host_rank: float
    free_days: Any = Field(default=None, sa_column=Column(DATEMULTIRANGE))
    next_free: date | None = None
    counted_on: date | None = None
    data: dict[str, Any] = Field(sa_column=Column(JSONB, nullable=False))


class OfferStepRow(Table, table=True):
    """Who, by role, did what and when."""

    __tablename__ = "offer_steps"

    offer_id: UUID = Field(primary_key=True, foreign_key="offers.id")
    version: int = Field(primary_key=True)
    action: str
    state: str
    by: str
    at: datetime = moment()
    changed: list[str] = texts()
