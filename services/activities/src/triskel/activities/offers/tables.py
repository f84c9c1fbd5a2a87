"""Offers and their history."""

from datetime import date, datetime
from typing import Any
from uuid import UUID

from sqlalchemy import Column, Text, TypeDecorator, cast, func, literal_column
from sqlalchemy.dialects.postgresql import DATEMULTIRANGE, JSONB, TSVECTOR
from sqlmodel import Field

from triskel.activities.database import Table
from triskel.activities.offers.rules.offer import Offer
from triskel.chassis.shapes import Shape
from triskel.chassis.tables import moment, nothing_yet, texts
from triskel.contracts import activities as contract
from triskel.contracts.folding import folded

UNKNOWN_RANK = 0.5
"""Of a host that nobody has asked yet: between those who answer and those who do not. 0 is who
always answers at once, 1 who never does; how often weighs four times as much as how fast."""


class Document(TypeDecorator[Any]):
    """Three folded texts as a search reads them: the first weighs most, then the second."""

    impl = TSVECTOR
    cache_ok = True

    def process_bind_param(self, value: Any, dialect: Any) -> Any:
        # folded, they have no line breaks
        return "\n".join(value)

    def bind_expression(self, bindvalue: Any) -> Any:
        texts = cast(bindvalue, Text)
        first, second, third = (
            func.setweight(
                func.to_tsvector(
                    literal_column("'simple'::regconfig"),
                    func.split_part(texts, literal_column("chr(10)"), literal_column(str(number))),
                ),
                literal_column(f"'{weight}'"),
            )
            for number, weight in enumerate("ABD", 1)
        )
        return first.op("||")(second).op("||")(third)


class OfferRow(Table, table=True):
    """`data` is the whole state; the other columns are what a search looks for, in one table, so
    that one index answers.

    `subjects` are folded (no accents, lower case), and so is `document`. `host_listed`,
    `host_rank` (0 answers at once, 1 never) and `host_sites` (those where it may take place, too)
    follow what is heard of the host; `free_days` and
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
    document: Any = Field(sa_column=Column(Document, nullable=False))
    latitude: float | None
    longitude: float | None
    radius_km: int | None
    lead_days: int
    host_listed: bool = False
    host_rank: float = UNKNOWN_RANK
    host_sites: list[dict[str, Any]] = Field(
        default_factory=nothing_yet, sa_column=Column(JSONB, nullable=False)
    )
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


def _document(offer: Offer) -> list[str]:
    """The title weighs most, then the subjects, then the description."""
    texts = (offer.title, " ".join(offer.subjects), offer.description)
    return [folded(text) for text in texts]


def _columns(offer: Offer) -> dict[str, Any]:
    """What searches look for."""
    at = offer.position
    return {
        "id": offer.id,
        "version": offer.version,
        "region": offer.region,
        "host_id": offer.host_id,
        "format": offer.format,
        "state": offer.state,
        "drafted_at": offer.drafted_at,
        "levels": list(offer.levels),
        "subjects": [folded(subject) for subject in offer.subjects],
        "languages": list(offer.languages),
        "places": list(offer.places),
        "document": _document(offer),
        "latitude": at.latitude if at else None,
        "longitude": at.longitude if at else None,
        "radius_km": offer.radius_km,
        "lead_days": offer.lead_days,
    }


OFFER = Shape(Offer, OfferRow, contract.Offer, document="data", columns=_columns)
