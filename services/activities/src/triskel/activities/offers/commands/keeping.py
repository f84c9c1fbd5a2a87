"""Offers as their hosts keep them, and as the activities that name them change what is free."""

from collections.abc import Collection, Mapping, Sequence
from typing import Any
from uuid import UUID

from sqlalchemy import select
from sqlalchemy.ext.asyncio import AsyncSession
from uuid_utils.compat import uuid7

from triskel.activities.activities.commands import ACTIVITIES
from triskel.activities.activities.queries import Parties, not_eligible, parties_of
from triskel.activities.activities.rules.activity import Activity
from triskel.activities.activities.rules.deadlines import ASKED, GONE
from triskel.activities.offers.actions import ACTIONS
from triskel.activities.offers.commands.counting import recount, taken_from, taken_in
from triskel.activities.offers.commands.hosts import hosts_from
from triskel.activities.offers.queries import actor_of
from triskel.activities.offers.refusals import OfferUnknown
from triskel.activities.offers.rules import availability
from triskel.activities.offers.rules.geography import Position, position_of
from triskel.activities.offers.rules.offer import (
    Counted,
    Offer,
    OfferAttempt,
    OfferFacts,
    Taken,
    check,
)
from triskel.activities.offers.tables import OFFER, UNKNOWN_RANK, OfferRow, OfferStepRow
from triskel.activities.projections import OrganisationRow
from triskel.chassis.actions import Actor, Change
from triskel.chassis.commands import Aggregate, Context, Happened, Step
from triskel.contracts import activities as contract
from triskel.contracts.codes import OfferState


async def _facts_of(session: AsyncSession, offers: Sequence[Offer]) -> dict[UUID, OfferFacts]:
    """One query, however many offers: with their rows locked neither this nor what is heard of
    their hosts, or done with their activities, misses the other."""
    ids, hosts = {offer.id for offer in offers}, {offer.host_id for offer in offers}
    regions = {offer.region for offer in offers}
    beside = [taken_from(ids), hosts_from(hosts)]
    parties = await parties_of(session, *hosts, calendars_of=regions, beside=beside)
    if not parties.beside:
        return {}
    taken = taken_in(parties.beside[0], ids)
    known = {UUID(host): (listed, rank) for host, listed, rank in parties.beside[1] or ()}
    rows = parties.organisations
    return {
        offer.id: facts_from(
            parties,
            offer,
            Counted(
                taken[offer.id],
                parties.calendar(offer.region),
                *known.get(offer.host_id, (False, UNKNOWN_RANK)),
                *_where(rows.get(offer.host_id)),
            ),
        )
        for offer in offers
    }


def _where(host: OrganisationRow | None) -> tuple[Position | None, list[dict[str, Any]]]:
    """A host's own place, and its sites."""
    return (None, []) if host is None else (position_of(host), host.sites)


def facts_from(parties: Parties, offer: Offer, counted: Counted | None = None) -> OfferFacts:
    """What decisions on an offer need, of what was read."""
    return OfferFacts(not_eligible(parties.organisations.get(offer.host_id)), counted)


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


_TAKEN = "taken"
_COUNTED_ANEW = {contract.OfferUpdated, contract.OfferPublished, contract.OfferResumed}
"""After these, searches need to know what is free."""


@OFFERS.reaction
async def _keep_what_searches_need(happened: Sequence[Happened[Offer]]) -> None:
    """How its host answers, and what of it is free. Raises `SeasonBelowTaken` for an update that
    takes back what was promised."""
    for each in happened:
        if each.changes[-1].event not in _COUNTED_ANEW:
            continue
        offer, counted = each.after, each.facts.counted
        if each.changes[-1].event is contract.OfferUpdated:
            availability.check_promised(offer, counted.taken)
        row = await OFFERS.find(each.session, offer.id, lock=True)
        row.host_listed, row.host_rank = counted.listed, counted.rank
        row.host_sites = counted.sites if offer.position == counted.place else []
        recount(row, offer, counted.taken, counted.calendar, each.now)


async def draft(
    context: Context, details: Mapping[str, Any], actor: Actor, parties: Parties
) -> OfferAttempt:
    """A new offer; `details` are the domain's fields, `parties` know its host. Raises `Invalid`."""
    offer = Offer(
        id=uuid7(),
        version=1,
        state=OfferState.DRAFT,
        drafted_at=context.now,
        **details,
    )
    check(offer)
    await OFFERS.add(context, "draft", Change(offer, contract.OfferDrafted), actor)
    facts = facts_from(parties, offer)
    return OfferAttempt(offer, actor_of(context.caller, offer), facts, context.now)


async def parties_and_taken(session: AsyncSession, offer: Offer, *named: UUID | None) -> Parties:
    """Who is named in a request from this offer, which is locked, with what is taken of it: it is
    not asked for again in this transaction, since nobody else can take anything meanwhile."""
    parties = await parties_of(
        session,
        *named,
        offer.host_id,
        calendars_of={offer.region},
        beside=[taken_from({offer.id})],
    )
    session.info[_TAKEN, offer.id] = parties
    return parties


@ACTIVITIES.reaction
async def _keep_offers(happened: Sequence[Happened[Activity]]) -> None:
    """Offers whose activities changed are counted anew, in the transaction of the change.

    Raises `Conflict` when one takes a place that there is not, and `Invalid` when it no longer fits
    its offer. Offers are locked in one order, and counted only then: of two who want the last
    place, the second sees the first.
    """
    moved = [each for each in happened if _counts(each.before) != _counts(each.after)]
    offer_ids = {each.after.offer_id for each in moved if each.after.offer_id is not None}
    if not offer_ids:
        return
    session, now = happened[0].session, happened[0].now
    rows = await _locked(session, offer_ids)
    changed = [each.after for each in moved]
    regions = {row.region for row in rows.values()}
    parties = session.info.get((_TAKEN, *offer_ids))
    if parties is None or any(each.before for each in moved):
        drawn = taken_from(offer_ids, {activity.id for activity in changed})
        parties = await parties_of(session, *offer_ids, calendars_of=regions, beside=[drawn])
    taken = taken_in(parties.beside[0], offer_ids, changed)
    calendars = {region: parties.calendar(region) for region in regions}
    offers = {offer_id: OFFERS.shape.to_domain(row) for offer_id, row in rows.items()}
    for offer in offers.values():
        recount(rows[offer.id], offer, taken[offer.id], calendars[offer.region], now)
    for each in moved:
        if (offer_id := each.after.offer_id) is not None:
            _check(offers[offer_id], taken[offer_id], each.before, each.after)


async def _locked(session: AsyncSession, offer_ids: Collection[UUID]) -> dict[UUID, OfferRow]:
    """In the order of ids; an offer from which somebody asks is locked already."""
    if len(offer_ids) == 1:
        (offer_id,) = offer_ids
        return {offer_id: await OFFERS.find(session, offer_id, lock=True)}
    column = OfferRow.__table__.c
    rows = await session.scalars(
        select(OfferRow).where(column.id.in_(offer_ids)).order_by(column.id).with_for_update()
    )
    return {row.id: row for row in rows}


def _counts(activity: Activity | None) -> tuple[Any, ...] | None:
    """What of an activity its offer must know."""
    if activity is None or activity.offer_id is None:
        return None
    asked, gone = activity.state in ASKED, activity.state in GONE
    return asked, gone, activity.day, activity.levels, activity.capacity


def _check(offer: Offer, taken: Taken, before: Activity | None, after: Activity) -> None:
    if before is not None and (before.levels, before.capacity) != (after.levels, after.capacity):
        availability.check_fits(offer, after.levels, after.capacity, "capacity")
    day = after.day
    had = before.day if before is not None else None
    if day is None or after.state in GONE:
        return
    season = offer.season_on(day)
    if season is not None and (had is None or offer.season_on(had) != season):
        availability.check_not_over(
            season, taken, day, "wished" if after.slot is None else "slot.starts_at"
        )
