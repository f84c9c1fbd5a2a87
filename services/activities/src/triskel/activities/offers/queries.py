"""Finding offers: words, codes, distance, what is still free; and in which order."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date
from enum import StrEnum
from typing import Any
from uuid import UUID

from pydantic import TypeAdapter
from sqlalchemy import ColumnElement, Double, Select, cast, func, literal_column, or_, select, text
from sqlalchemy.ext.asyncio import AsyncSession
from sqlmodel import col

from triskel.activities.activities.queries import sides_of
from triskel.activities.offers.refusals import OfferUnknown
from triskel.activities.offers.rules.offer import Offer
from triskel.activities.offers.tables import OfferRow, OfferStepRow
from triskel.chassis.actions import Actor
from triskel.chassis.auth import Caller
from triskel.chassis.distances import Around
from triskel.chassis.paging import PageRequest, paginate
from triskel.chassis.searching import query_of, searched_words
from triskel.contracts.codes import OfferState, Role, Side

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
    """Filters that are None do not filter. `free` is (from, to): a free day in it that the lead
    time, as of `today`, allows. `answers` says whether how hosts answer counts: the order would
    tell it to who asks."""

    today: date
    words: str | None = None
    subject: str | None = None
    level: str | None = None
    format: str | None = None
    language: str | None = None
    place: str | None = None
    host: UUID | None = None
    near: Around | None = None
    free: tuple[date, date | None] | None = None
    sort: Sort = Sort.RELEVANCE
    answers: bool = False


@dataclass(frozen=True)
class Found:
    """Rows of (offer's data, next free day, distance in km or null), and the columns to page by."""

    statement: Select[Any]
    keys: list[ColumnElement[Any]]


_NOWHERE: Any = literal_column("null::double precision")


def actor_of(caller: Caller, offer: Offer) -> Actor:
    """Whoever speaks for a school is on the school's side: any school may ask."""
    sides = sides_of(caller, offer.region, caller.organisation, offer.host_id)
    return Actor(caller.roles, sides, organisation=caller.organisation)


def check_may_read(caller: Caller, offer: Offer, *, inside: bool = False) -> None:
    """A draft, and what is `inside`, is for the host and its region's coordinator and authorities.
    Raises `NotFound` for a draft, else `Forbidden`."""
    if caller.is_(Role.AUTHORITY) and caller.region == offer.region:
        return
    own = sides_of(caller, offer.region, None, offer.host_id) & {Side.HOST, Side.COORDINATOR}
    if offer.state is OfferState.DRAFT and not own:
        raise OfferUnknown(value=str(offer.id))
    if inside:
        caller.require_organisation(offer.region, offer.host_id)


@dataclass(frozen=True)
class Shown:
    """An offer as a list shows it: its next free day, and how far it is, in km."""

    offer: Offer
    next_free: date | None
    distance: float | None = None


async def page_of(
    session: AsyncSession, found: Found, page: PageRequest
) -> tuple[list[Shown], str | None]:
    """A page of what was found, and the cursor of the next."""
    rows, following = await paginate(session, found.statement, keys=found.keys, page=page)
    return [Shown(_STATE.validate_python(data), day, km) for data, day, km in rows], following


async def steps_of(session: AsyncSession, offer_id: UUID) -> Sequence[OfferStepRow]:
    """Its history, the oldest first."""
    rows = await session.scalars(
        select(OfferStepRow)
        .where(col(OfferStepRow.offer_id) == offer_id)
        .order_by(col(OfferStepRow.version))
    )
    return rows.all()


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
        distance = wanted.near.nearest(row.latitude, row.longitude, row.host_sites)
    statement = select(row.data, row.next_free, distance).where(
        row.state == literal_column(f"'{OfferState.PUBLISHED}'"), row.host_listed
    )
    rank: Any = row.host_rank
    unanswered: Any = row.host_rank if wanted.answers else literal_column("0.0", Double)
    if wanted.words:
        query = query_of(searched_words(wanted.words, "q"))
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
        subject = " ".join(searched_words(wanted.subject, "subject"))
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


def _within(row: Any, near: Around, distance: Any) -> list[Any]:
    """Near enough, and as far as the host goes, if it must go."""
    return [
        *near.holds(row.latitude, row.longitude, row.host_sites),
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
