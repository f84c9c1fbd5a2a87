"""Offers as their hosts keep them: drafted, and whatever the table of actions has."""

from collections.abc import Mapping, Sequence
from typing import Any
from uuid import UUID

from sqlalchemy.ext.asyncio import AsyncSession
from uuid_utils.compat import uuid7

from triskel.activities.activities.queries import eligibility_of
from triskel.activities.offers.actions import ACTIONS
from triskel.activities.offers.commands.counting import recount, taken_of
from triskel.activities.offers.commands.hosts import refresh_hosts
from triskel.activities.offers.queries import actor_of
from triskel.activities.offers.refusals import OfferUnknown
from triskel.activities.offers.rules.availability import check_promised
from triskel.activities.offers.rules.offer import Offer, OfferFacts, check
from triskel.activities.offers.tables import OFFER, OfferStepRow
from triskel.chassis.actions import Actor, Change
from triskel.chassis.commands import Aggregate, Context, Happened, Step
from triskel.contracts import activities as contract
from triskel.contracts.codes import OfferState


async def _facts_of(session: AsyncSession, offers: Sequence[Offer]) -> dict[UUID, OfferFacts]:
    """One query, however many offers."""
    hosts = await eligibility_of(session, [offer.host_id for offer in offers])
    return {offer.id: OfferFacts(hosts[offer.host_id]) for offer in offers}


def _step(offer: Offer, step: Step) -> OfferStepRow:
    return OfferStepRow(
        offer_id=offer.id,
        version=offer.version,
        action=step.action,
        state=offer.state,
        by=step.by,
        at=step.at,
        changed=list(step.details.get("changed", ())),
    )


OFFERS = Aggregate(
    name="offer",
    shape=OFFER,
    actions=ACTIONS,
    unknown=OfferUnknown,
    actor_of=actor_of,
    facts_of=_facts_of,
    step_of=_step,
)


@OFFERS.reaction
async def _keep_what_searches_need(happened: Sequence[Happened[Offer]]) -> None:
    """How its host answers, and what of it is free, after a change of an offer. Raises
    `SeasonBelowTaken` for an update that takes back what was promised."""
    changed = [each for each in happened if each.before is not None]
    if not changed:
        return
    session, offers = happened[0].session, [each.after for each in changed]
    taken = await taken_of(session, [offer.id for offer in offers])
    for each in changed:
        if each.changes[-1].event is contract.OfferUpdated:
            check_promised(each.after, taken[each.after.id])
    await session.flush()
    await refresh_hosts(session, [offer.host_id for offer in offers])
    await recount(session, offers, happened[0].now, taken)


async def draft(context: Context, details: Mapping[str, Any], actor: Actor) -> Offer:
    """A new offer; `details` are the domain's fields. Raises `Invalid`."""
    offer = Offer(
        id=uuid7(),
        version=1,
        state=OfferState.DRAFT,
        drafted_at=context.now,
        **details,
    )
    check(offer)
    return await OFFERS.add(context, "draft", Change(offer, contract.OfferDrafted), actor)
