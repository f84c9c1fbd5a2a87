"""Finding offers: words, codes, distance, what is still free; and in which order."""

import math
from dataclasses import dataclass
from datetime import date
from enum import StrEnum
from typing import Any
from uuid import UUID

from pydantic import TypeAdapter
from sqlalchemy import ColumnElement, Double, Select, cast, func, literal_column, or_, select, text

from triskel.activities.offers.rules.geography import EARTH_KM, KM_A_DEGREE
from triskel.activities.offers.rules.offer import Offer
from triskel.activities.offers.rules.words import asked
from triskel.activities.offers.tables import OfferRow
from triskel.contracts.codes import OfferState

_STATE = TypeAdapter(Offer)
HALF_WORTH_KM = 50.0
"""At this distance an offer counts half as relevant as next door."""


class Sort(StrEnum):
    """`relevance`: words found, near, and of hosts that answer, for who may know how they do."""

    RELEVANCE = "relevance"
    DISTANCE = "distance"
    NEXT_FREE = "next_free"


@dataclass(frozen=True)
class Search:
    """Filters that are None do not filter. `near` is (latitude, longitude, kilometres); `free` is
    (from, to): a free day in it that the lead time, as of `today`, allows. `answers` says whether
    how hosts answer counts: the order would tell it to who asks."""

    today: date
    words: str | None = None
    subject: str | None = None
    level: str | None = None
    format: str | None = None
    language: str | None = None
    place: str | None = None
    host: UUID | None = None
    near: tuple[float, float, float] | None = None
    free: tuple[date, date | None] | None = None
    sort: Sort = Sort.RELEVANCE
    answers: bool = False


@dataclass(frozen=True)
class Found:
    """Rows of (offer's data, next free day, distance in km or null), and the columns to page by."""

    statement: Select[Any]
    keys: list[ColumnElement[Any]]


_NOWHERE: Any = literal_column("null::double precision")


def stored(data: dict[str, Any]) -> Offer:
    return _STATE.validate_python(data)


def managed(
    region: str | None, own: UUID | None, host: UUID | None, state: OfferState | None
) -> Found:
    """Offers in every state: a region's, or without one those of one's own organisation."""
    row = OfferRow.__table__.c
    statement = select(row.data, row.next_free, _NOWHERE)
    whose = row.region == region if region is not None else row.host_id == own
    statement = statement.where(whose)
    if host is not None:
        statement = statement.where(row.host_id == host)
    if state is not None:
        statement = statement.where(row.state == state)
    return Found(statement, [row.drafted_at, row.id])


def search(wanted: Search) -> Found:
    """What schools may see."""
    row = OfferRow.__table__.c
    distance = _NOWHERE
    if wanted.near is not None:
        distance = _distance(row, wanted.near)
    statement = select(row.data, row.next_free, distance).where(
        row.state == literal_column(f"'{OfferState.PUBLISHED}'"), row.host_listed
    )
    rank: Any = row.host_rank
    unanswered: Any = row.host_rank if wanted.answers else literal_column("0.0", Double)
    if wanted.words:
        query = func.to_tsquery(
            literal_column("'simple'::regconfig"),
            " & ".join(f"'{word}':*" for word in asked(wanted.words, "q")),
        )
        statement = statement.where(row.document.op("@@")(query))
        rank = -cast(func.ts_rank(row.document, query), Double) * (1 - unanswered / 2)
    for name, code in (
        ("levels", wanted.level),
        ("languages", wanted.language),
        ("places", wanted.place),
    ):
        if code is not None:
            statement = statement.where(row[name].contains([code]))
    if wanted.subject is not None:
        subject = " ".join(asked(wanted.subject, "subject"))
        statement = statement.where(row.subjects.contains([subject]))
    if wanted.format is not None:
        statement = statement.where(row.format == wanted.format)
    if wanted.host is not None:
        statement = statement.where(row.host_id == wanted.host)
    if wanted.free is not None:
        statement = statement.where(_free(wanted.free, wanted.today))
    if wanted.near is not None:
        statement = statement.where(*_within(row, wanted.near, distance))
        nearness = HALF_WORTH_KM / (HALF_WORTH_KM + distance)
        rank = rank * nearness if wanted.words else (unanswered - 1) * nearness
    match wanted.sort:
        case Sort.DISTANCE:
            keys = [distance, row.id]
        case Sort.NEXT_FREE:
            statement = statement.where(row.next_free.is_not(None))
            keys = [row.next_free, row.id]
        case _ if wanted.answers or wanted.words or wanted.near:
            keys = [rank, row.id]
        case _:
            keys = [row.id]
    return Found(statement, keys)


def _distance(row: Any, near: tuple[float, float, float]) -> ColumnElement[float]:
    """Haversine, in km."""
    latitude, longitude, _ = near
    half = func.pow(func.sin(func.radians(row.latitude - latitude) / 2), 2) + func.cos(
        func.radians(latitude)
    ) * func.cos(func.radians(row.latitude)) * func.pow(
        func.sin(func.radians(row.longitude - longitude) / 2), 2
    )
    return cast(2 * EARTH_KM * func.asin(func.sqrt(func.least(1.0, half))), Double)


def _within(row: Any, near: tuple[float, float, float], distance: Any) -> list[Any]:
    """A box that the index knows, then the circle, then how far the host goes, if it must go."""
    latitude, longitude, km = near
    high = km / KM_A_DEGREE
    wide = high / max(0.01, math.cos(math.radians(latitude)))
    return [
        row.latitude.between(latitude - high, latitude + high),
        row.longitude.between(longitude - wide, longitude + wide),
        distance <= km,
        or_(
            row.radius_km.is_(None),
            distance <= row.radius_km,
            row.places.overlap(["company", "other"]),
        ),
    ]


def _free(free: tuple[date, date | None], today: date) -> Any:
    """The first range is for the index, the second begins where each offer's lead time ends."""
    first, last = free
    return text(
        """
        offers.free_days && daterange(:free_from, cast(:free_to as date), '[]')
        and offers.free_days && daterange(
            least(greatest(cast(:free_from as date), cast(:today as date) + offers.lead_days),
                cast(:free_to as date) + 1),
            cast(:free_to as date) + 1)
        """
    ).bindparams(free_from=first, free_to=last, today=today)
