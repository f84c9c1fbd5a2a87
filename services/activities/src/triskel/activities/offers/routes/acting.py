"""Who may act on an offer and read it, how an offer is shown, and how every action goes."""

from dataclasses import dataclass
from datetime import date, datetime
from typing import Annotated, Any
from uuid import UUID

from fastapi import Depends, Response
from sqlalchemy.ext.asyncio import AsyncSession

from triskel.activities.activities.queries import sides_of
from triskel.activities.activities.routes.target import Member
from triskel.activities.activities.rules.activity import Why
from triskel.activities.offers.commands import keeping
from triskel.activities.offers.rules import offer as rules
from triskel.activities.offers.rules.offer import Offer
from triskel.activities.offers.schemas import OfferAnswer
from triskel.activities.offers.tables import OfferRow
from triskel.chassis.actions import Actor
from triskel.chassis.auth import Caller
from triskel.chassis.http import Events, IfMatch, Now, Session, set_etag
from triskel.chassis.outbox import Outbox
from triskel.chassis.versions import Seen
from triskel.contracts.codes import OfferState, Role, Side
from triskel.contracts.refusals import NotFound


def actor_of(caller: Caller, offer: Offer) -> Actor:
    """Whoever speaks for a school is on the school's side: any school may ask."""
    return Actor(caller.roles, sides_of(caller, offer.region, caller.organisation, offer.host_id))


def answer(
    caller: Caller,
    offer: Offer,
    host: Why | None,
    next_free: date | None,
    distance: float | None = None,
) -> OfferAnswer:
    """`host`: why the host cannot take part."""
    allowed = rules.allowed_actions(offer, actor_of(caller, offer), host)
    return OfferAnswer(
        **keeping.state_of(offer).model_dump(),
        allowed_actions=tuple(allowed),
        next_free=next_free,
        distance_km=None if distance is None else round(distance, 2),
    )


def check_may_read(caller: Caller, row: OfferRow, *, inside: bool = False) -> None:
    """A draft, and what is `inside`, is for the host and its region's coordinator and authorities.
    Raises `NotFound` for a draft, else `Forbidden`."""
    if caller.is_(Role.AUTHORITY) and caller.region == row.region:
        return
    own = sides_of(caller, row.region, None, row.host_id) & {Side.HOST, Side.COORDINATOR}
    if row.state == OfferState.DRAFT and not own:
        raise NotFound("offer-unknown", "There is no such offer.", field="id", value=str(row.id))
    if inside:
        caller.require_organisation(row.region, row.host_id)


@dataclass
class Acting:
    """What every action needs."""

    caller: Caller
    number: UUID
    seen: Seen
    session: AsyncSession
    events: Outbox
    now: datetime
    response: Response

    async def act(self, action: str, changes: dict[str, Any] | None = None) -> OfferAnswer:
        changed = await keeping.change(
            self.session,
            self.events,
            self.number,
            action,
            lambda known: actor_of(self.caller, known),
            self.seen,
            self.now,
            changes,
        )
        set_etag(self.response, changed.offer.version)
        return answer(self.caller, changed.offer, changed.host, changed.next_free)


async def _acting(
    caller: Member,
    number: UUID,
    seen: IfMatch,
    session: Session,
    events: Events,
    now: Now,
    response: Response,
) -> Acting:
    return Acting(caller, number, seen, session, events, now, response)


Action = Annotated[Acting, Depends(_acting)]
