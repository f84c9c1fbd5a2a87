"""What happens to a partnership because of something else: its organisations, its people, its
activities."""

from collections.abc import Collection, Sequence
from uuid import UUID

from sqlalchemy import or_, select
from sqlalchemy.ext.asyncio import AsyncSession

from triskel.chassis.actions import Actor
from triskel.chassis.commands import Happened
from triskel.chassis.jobs import DueRows
from triskel.chassis.writes import Statement, execute, execute_last
from triskel.contracts.codes import (
    Cause,
    OrganisationKind,
    OrganisationStatus,
    Side,
)
from triskel.registry.contacts.commands import CONTACTS
from triskel.registry.contacts.rules.contact import Contact
from triskel.registry.organisations.commands import ORGANISATIONS
from triskel.registry.organisations.rules.decisions import cause_of
from triskel.registry.organisations.rules.organisation import Organisation
from triskel.registry.partnerships.actions import (
    GO_ON,
    LOSE_PARTNER,
    PAUSE,
)
from triskel.registry.partnerships.commands.proposing import PARTNERSHIPS
from triskel.registry.partnerships.rules.state import (
    LIVE,
)
from triskel.registry.partnerships.tables import (
    PartnershipRow,
)

# in the order of ids, so that two who mark several do not wait for each other
_WATCH_AGAIN = """
    update partnerships set watched_on = null where id in (
        select id from partnerships
        where {which} and state in ('signed', 'active') and watched_on is not null
        order by id for update)
    """
_WATCH_PARTNERSHIPS = _WATCH_AGAIN.format(which="id = any ($1)")
_WATCH_ORGANISATIONS = _WATCH_AGAIN.format(which="(school_id = any ($1) or company_id = any ($1))")


@ORGANISATIONS.reaction
async def _organisations_changed(happened: Sequence[Happened[Organisation]]) -> None:
    """Partnerships end with an organisation that leaves, is closed or was a duplicate, are paused
    while one is suspended, and go on afterwards."""
    for each in happened:
        cause = cause_of(each.before, each.after)
        back = each.before is not None and each.before.status is OrganisationStatus.SUSPENDED
        follows = cause or (back and each.after.status is OrganisationStatus.APPROVED)
        # counted under its lock, which whoever proposes or accepts needs, too
        if follows and each.facts.live_partnerships:
            await _follow(each, cause)


async def _follow(each: Happened[Organisation], cause: Cause | None) -> None:
    """Without a cause it is reinstated."""
    own, organisation = PartnershipRow.__table__.c, each.after
    its = or_(own.school_id == organisation.id, own.company_id == organisation.id)
    rows = await each.session.scalars(
        select(PartnershipRow)
        .where(its, own.state.in_(sorted(LIVE)))
        .order_by(own.id)
        .with_for_update()
    )
    due = DueRows(each.session, each.outbox, rows.all(), each.now)
    by = Actor(frozenset({each.actor.role}))
    if cause is None:
        await PARTNERSHIPS.act_by_clock(due, GO_ON, actor=by)
    elif cause is Cause.ORGANISATION_SUSPENDED:
        await PARTNERSHIPS.act_by_clock(due, PAUSE, lambda _: {"cause": cause}, actor=by)
    else:
        side = Side.SCHOOL if organisation.kind is OrganisationKind.SCHOOL else Side.HOST
        given = {"cause": cause, "side": side}
        await PARTNERSHIPS.act_by_clock(due, LOSE_PARTNER, lambda _: given, actor=by)


async def watch_again(session: AsyncSession, partnerships: Collection[UUID]) -> None:
    """There is news of these partnerships: their risks are looked for before their next day."""
    if partnerships:
        await execute(session, _watch(_WATCH_PARTNERSHIPS, partnerships))


@CONTACTS.removal
async def _contacts_left(happened: Sequence[Happened[Contact]]) -> None:
    """Somebody who spoke for an organisation is gone: missed until somebody else confirms."""
    left = {each.before.organisation_id for each in happened if each.before is not None}
    await execute_last(happened[0].session, _watch(_WATCH_ORGANISATIONS, left))


def _watch(sql: str, ids: Collection[UUID]) -> Statement:
    return Statement(sql, (list(ids),))
