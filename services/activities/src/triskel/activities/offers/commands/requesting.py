"""A dated activity from an offer: a school's request, or the host's own proposal."""

from dataclasses import dataclass
from datetime import datetime
from functools import partial
from uuid import UUID

from sqlalchemy.ext.asyncio import AsyncSession

from triskel.activities.activities import commands as activities
from triskel.activities.activities.queries import position_of, standings
from triskel.activities.activities.rules import transitions
from triskel.activities.activities.rules.activity import Activity, Actor, Facts, Slot
from triskel.activities.calendars.rules import Calendar, check_slot
from triskel.activities.offers.rules import availability as room
from triskel.activities.offers.rules import offer as rules
from triskel.activities.offers.rules.geography import Position
from triskel.activities.offers.rules.offer import Offer
from triskel.activities.projections import OrganisationRow
from triskel.chassis.outbox import Outbox
from triskel.chassis.versions import Seen
from triskel.contracts.codes import Isced, Side
from triskel.contracts.refusals import Invalid


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
    answer_days: int


async def request_from(
    session: AsyncSession,
    outbox: Outbox,
    offer: Offer,
    wanted: Wanted,
    home: OrganisationRow,
    actor: Actor,
    calendar: Calendar,
    now: datetime,
) -> tuple[Activity, Facts]:
    """An activity, drafted and proposed in one transaction, from an offer whose row is locked.

    `home` is the organisation in whose region the activity lives: the school, or without one the
    host. Raises the refusal of the offer, of the activity, or of the season that is full.
    """
    host = (await standings(session, [offer.host_id]))[offer.host_id]
    if refused := rules.refusal("request", offer, actor, host):
        raise refused
    offer.form.check_parties(wanted.school_id, wanted.partnership_id)
    asker = actor.side
    if asker is Side.HOST and wanted.school_id is not None and wanted.partnership_id is None:
        raise Invalid(
            "partnership-missing",
            "A host proposes to a school that it has a partnership with.",
            field="partnership_id",
        )
    room.check_fits(offer, wanted.levels, wanted.people, "pupils")
    school = position_of(home) if wanted.school_id is not None else None
    _check_wishes(offer, wanted, asker, school, calendar, now)
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
        "wished": wanted.wished,
    }
    drafted = await activities.draft(session, outbox, details, actor.role, now)
    return await activities.act(
        session,
        outbox,
        drafted.id,
        "propose",
        lambda _: actor,
        Seen.version(drafted.version),
        now,
        partial(transitions.propose, days=wanted.answer_days),
        message=wanted.message,
    )


def _check_wishes(
    offer: Offer,
    wanted: Wanted,
    asker: Side,
    school: Position | None,
    calendar: Calendar,
    now: datetime,
) -> None:
    for wish in wanted.wished:
        try:
            check_slot(offer.form, calendar, wish.starts_at, wish.ends_at, now, wanted.school_year)
        except Invalid as refused:
            field = (refused.field or "").replace("slot.", "wished.")
            raise Invalid(
                refused.rule, refused.sentence, field=field, value=refused.value
            ) from None
        room.check_wish(offer, wish, asker, school, now)
