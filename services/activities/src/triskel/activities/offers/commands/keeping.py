"""Offers as their hosts keep them: draft, publish, update, pause, resume, retire."""

from collections.abc import Callable, Sequence
from dataclasses import asdict, dataclass
from datetime import date, datetime
from typing import Any
from uuid import UUID

import uuid_utils
from pydantic import TypeAdapter
from sqlalchemy import func, literal_column, select
from sqlalchemy.ext.asyncio import AsyncSession

from triskel.activities.activities.queries import eligibility_of
from triskel.activities.activities.rules.activity import Why
from triskel.activities.offers.commands.counting import decided, recount, taken_of
from triskel.activities.offers.commands.hosts import UNKNOWN_RANK, refresh_hosts
from triskel.activities.offers.rules import offer as rules
from triskel.activities.offers.rules.offer import Offer
from triskel.activities.offers.tables import OfferRow, OfferStepRow
from triskel.chassis.actions import Actor
from triskel.chassis.outbox import Outbox
from triskel.chassis.versions import Seen, check_version
from triskel.contracts import activities as said
from triskel.contracts.codes import OfferState, Role
from triskel.contracts.folding import folded
from triskel.contracts.refusals import NotFound

_STATE = TypeAdapter(Offer)
_SAYS: dict[str, type[said.OfferEvent]] = {
    "publish": said.OfferPublished,
    "pause": said.OfferPaused,
    "resume": said.OfferResumed,
    "retire": said.OfferRetired,
}
_SIMPLE: Any = literal_column("'simple'::regconfig")


def state_of(offer: Offer) -> said.Offer:
    """The public state, as events carry it and the API shows it."""
    return said.Offer.model_validate(asdict(offer))


def _document(offer: Offer) -> Any:
    """The title weighs most, then the subjects, then the description."""
    parts = ((offer.title, "A"), (" ".join(offer.subjects), "B"), (offer.description, "D"))
    vectors = [
        func.setweight(func.to_tsvector(_SIMPLE, folded(text)), literal_column(f"'{weight}'"))
        for text, weight in parts
    ]
    return vectors[0].op("||")(vectors[1]).op("||")(vectors[2])


def _columns(offer: Offer) -> dict[str, Any]:
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
        "data": _STATE.dump_python(offer, mode="json"),
    }


async def one(session: AsyncSession, number: UUID, *, lock: bool = False) -> OfferRow:
    """Raises `NotFound`."""
    row = await session.get(OfferRow, number, with_for_update=lock)
    if row is None:
        raise NotFound("offer-unknown", "There is no such offer.", field="id", value=str(number))
    return row


async def draft(
    session: AsyncSession, outbox: Outbox, details: dict[str, Any], by: Role, now: datetime
) -> Offer:
    """A new offer; `details` are the domain's fields. Raises `Invalid`."""
    offer = Offer(
        id=UUID(str(uuid_utils.uuid7())),
        version=1,
        state=OfferState.DRAFT,
        drafted_at=now,
        **details,
    )
    rules.check(offer)
    session.add(OfferRow(**_columns(offer), host_listed=False, host_rank=UNKNOWN_RANK))
    await session.flush()
    session.add(_step(offer, "draft", by, now))
    await outbox.record(session, said.OfferDrafted(offer=state_of(offer), by=by))
    return offer


def _step(
    offer: Offer, action: str, by: Role, now: datetime, changed: Sequence[str] = ()
) -> OfferStepRow:
    return OfferStepRow(
        offer_id=offer.id,
        version=offer.version,
        action=action,
        state=offer.state,
        by=by,
        at=now,
        changed=list(changed),
    )


@dataclass(frozen=True)
class Changed:
    """An offer after a change; `host`: why the host cannot take part."""

    offer: Offer
    host: Why | None
    next_free: date | None


async def change(
    session: AsyncSession,
    outbox: Outbox,
    number: UUID,
    action: str,
    actor_of: Callable[[Offer], Actor],
    expected: Seen,
    now: datetime,
    changes: dict[str, Any] | None = None,
) -> Changed:
    """One action of the host under the row's lock. Raises the domain's refusal, or 412.
    The same values again change nothing and say nothing."""
    row = await one(session, number, lock=True)
    before = decided(row)
    actor = actor_of(before)
    host = (await eligibility_of(session, [before.host_id]))[before.host_id]
    changed: list[str] = []
    event: said.OfferEvent
    if action == "update":
        given = changes or {}
        taken = (await taken_of(session, [number]))[number]
        after = rules.update(before, actor, host, given, taken)
        changed = sorted(name for name in given if getattr(before, name) != getattr(after, name))
        public = state_of(after)
        event = said.OfferUpdated(offer=public, by=actor.role, changed=tuple(changed))
    else:
        after = rules.act(action, before, actor, host, now)
        event = _SAYS[action](offer=state_of(after), by=actor.role)
    check_version(expected, before.version)
    if action == "update" and not changed:
        return Changed(before, host, row.next_free)
    for name, value in _columns(after).items():
        setattr(row, name, value)
    await session.flush()
    await refresh_hosts(session, [after.host_id])
    next_free = await recount(session, [after], now)
    session.add(_step(after, action, actor.role, now, changed))
    await outbox.record(session, event)
    return Changed(after, host, next_free[number])


async def steps_of(session: AsyncSession, number: UUID) -> Sequence[OfferStepRow]:
    rows = await session.scalars(
        select(OfferStepRow)
        .where(OfferStepRow.offer_id == number)  # type: ignore[arg-type]
        .order_by(OfferStepRow.version)  # type: ignore[arg-type]
    )
    return rows.all()
