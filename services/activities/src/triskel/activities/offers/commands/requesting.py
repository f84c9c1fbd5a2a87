"""A dated activity from an offer: a school's request, or the host's own proposal."""

from dataclasses import dataclass
from datetime import datetime
from uuid import UUID

from triskel.activities.activities.actions import PROPOSE
from triskel.activities.activities.commands import ACTIVITIES, draft
from triskel.activities.activities.queries import Parties, actor_of
from triskel.activities.activities.refusals import PartnershipMissing
from triskel.activities.activities.rules.activity import ActivityAttempt, Slot
from triskel.activities.calendars.rules import Calendar, check_slot
from triskel.activities.offers.rules.availability import check_fits, check_wish
from triskel.activities.offers.rules.geography import apart, places_of, places_of_offer
from triskel.activities.offers.rules.offer import Offer
from triskel.activities.projections import OrganisationRow
from triskel.chassis.actions import Actor
from triskel.chassis.commands import Context
from triskel.chassis.versions import Seen
from triskel.contracts.codes import Isced, Side
from triskel.contracts.refusals import Invalid
from triskel.contracts.registry import RegionSettings


@dataclass(frozen=True)
class Wanted:
    """What somebody asks of an offer; `message` goes to the other side and into no event."""

    school_id: UUID | None
    partnership_id: UUID | None
    school_year: str
    wished: tuple[Slot, ...]
    people: int
    levels: tuple[Isced, ...]
    message: str | None
    answer_days: int | None


async def request_from(
    context: Context,
    offer: Offer,
    wanted: Wanted,
    home: OrganisationRow,
    actor: Actor,
    parties: Parties,
) -> ActivityAttempt:
    """An activity, drafted and proposed in one transaction, from an offer whose row is locked and
    that this actor may ask.

    `home` is the organisation in whose region the activity lives: the school, or without one the
    host. `parties` are those that are named, with calendars. Raises what the offer does not have,
    the refusal of the activity, or of the season that is full.
    """
    asker = actor.side
    assert asker is not None
    unpartnered = _without_partner(offer, wanted, asker, parties.settings(home.region))
    offer.form.check_parties(
        wanted.school_year, wanted.school_id, wanted.partnership_id, unpartnered=unpartnered
    )
    calendar = parties.calendar(home.region, context.settings.time_zone)
    if asker is Side.HOST and wanted.school_id is not None and wanted.partnership_id is None:
        raise PartnershipMissing
    check_fits(offer, wanted.levels, wanted.people, "pupils")
    away = None
    if wanted.school_id is not None:
        host = parties.organisations.get(offer.host_id)
        away = apart(places_of_offer(offer.position, host), places_of(home))
    _check_wishes(offer, wanted, asker, away, calendar, context.now)
    details = {
        "region": home.region,
        "format": offer.format,
        "title": offer.title,
        "school_year": wanted.school_year,
        "host_id": offer.host_id,
        "school_id": wanted.school_id,
        "partnership_id": wanted.partnership_id,
        "proposed_by": asker,
        "levels": wanted.levels,
        "subjects": offer.subjects,
        "capacity": wanted.people,
        "offer_id": offer.id,
        "unpartnered": unpartnered,
        "wished": wanted.wished,
    }
    drafted = await draft(context, details, actor)
    attempt = ActivityAttempt(
        drafted, actor_of(context.caller, drafted), parties.facts(drafted), context.now
    )
    seen = Seen.version(drafted.version)
    return await ACTIVITIES.act_on(
        context, attempt, seen, PROPOSE, wanted.answer_days, wanted.message, calendar
    )


def _without_partner(offer: Offer, wanted: Wanted, asker: Side, settings: RegionSettings) -> bool:
    """Whether a school asks that has no partnership and needs none: the offer says so, or it says
    nothing and the school's region does."""
    decided = settings.requests_without_partner
    open_to_all = decided if offer.without_partner is None else offer.without_partner
    return asker is Side.SCHOOL and wanted.partnership_id is None and open_to_all


def _check_wishes(
    offer: Offer,
    wanted: Wanted,
    asker: Side,
    away: float | None,
    calendar: Calendar,
    now: datetime,
) -> None:
    for wish in wanted.wished:
        try:
            check_slot(offer.form, calendar, wish.starts_at, wish.ends_at, now, wanted.school_year)
        except Invalid as refused:
            refused.field = (refused.field or "").replace("slot.", "wished.")
            raise
        check_wish(offer, wish, asker, away, now)
