"""What time does to contacts: of whom nothing was seen for long is told so by mail, and erased.

Signs of life are the person's own (registered, confirmed, changed, a membership decided on) and
those of their organisation: a partnership that is not over, or when it was closed; what was
proposed, answered or delivered; a waiting list; what people changed in it, which a nightly import
is not. So nobody of an organisation with a living partnership goes.
"""

from datetime import datetime
from typing import Any
from uuid import UUID

from sqlalchemy import Integer, Select, Uuid, column, select, text, tuple_

from triskel.chassis.consumer import rebuilding
from triskel.chassis.jobs import DueRows, Job, for_due_rows
from triskel.chassis.retention import Expiring
from triskel.chassis.secrets import digest_of, new_secret
from triskel.contracts.days import days_later
from triskel.contracts.registry import RetentionPeriods
from triskel.registry.contacts.actions import ANNOUNCE_ERASURE
from triskel.registry.contacts.commands import CONTACTS, erase_by_clock
from triskel.registry.contacts.rules.contact import Contact, Invitation
from triskel.registry.contacts.tables import ContactRow
from triskel.registry.regions.queries import settings_of
from triskel.registry.responsiveness.jobs import HEARS
from triskel.registry.settings import Settings

AT_MOST = 100
_own = ContactRow.__table__.c
_SILENT = """
    select c.id, c.version from contacts as c
    left join regions as r on r.region = c.region
    cross join lateral (select make_interval(months => coalesce(
        (r.settings -> 'retention' ->> 'contacts_months')::integer, :months)) as kept) as periods
    cross join lateral (select greatest(c.confirmed_at, c.invited_at,
        (select max(s.at) from contact_steps as s
         where s.contact_id = c.id and s.action <> 'announce-erasure'),
        (select max(coalesce(m.decided_at, m.at)) from memberships as m
         where m.contact_id = c.id)) as at) as seen
    cross join lateral (select greatest(seen.at,
        (select max(coalesce(p.closed_at, 'infinity')) from partnerships as p
         where p.school_id = c.organisation_id),
        (select max(coalesce(p.closed_at, 'infinity')) from partnerships as p
         where p.company_id = c.organisation_id),
        (select max(greatest(a.proposed_at, a.answered_at, a.delivered_at))
         from planned_activities as a where a.school_id = c.organisation_id),
        (select max(greatest(a.proposed_at, a.answered_at, a.delivered_at))
         from planned_activities as a where a.host_id = c.organisation_id),
        (select max(greatest(w.since, w.closed_at)) from waiting_entries as w
         where w.organisation_id = c.organisation_id),
        (select max(s.at) from organisation_steps as s
         where s.organisation_id = c.organisation_id and s.by <> 'system')) as at
        where seen.at < :now - periods.kept) as life
    where life.at < :now - periods.kept
"""
_NOT_TOLD = "(c.erase_at is null or c.erase_at < life.at + periods.kept)"
_TOLD = "(c.erase_at >= life.at + periods.kept and c.erase_at <= :now)"


def _silent(now: datetime, also: str) -> Select[ContactRow]:
    found = text(f"{_SILENT} and {also}").bindparams(
        now=now, months=RetentionPeriods().contacts_months
    )
    silent = found.columns(column("id", Uuid), column("version", Integer)).subquery()
    # one that another replica has just told has another version: it is not found once it is locked
    seen = tuple_(_own.id, _own.version).in_(select(silent.c.id, silent.c.version))
    return select(ContactRow).where(seen).order_by(_own.id)


def announce_erasures(settings: Settings) -> Job:
    """The job that tells people, once, that they will be erased; `settings` seal their link."""

    @for_due_rows(lambda now: _silent(now, _NOT_TOLD), at_most=AT_MOST)
    async def announce(due: DueRows[ContactRow]) -> int:
        if await rebuilding(due.session, HEARS):
            return 0
        until: dict[UUID, datetime] = {}
        for row in due.rows:
            region = await settings_of(due.session, row.region)
            days = region.retention.contacts_warning_days
            until[row.id] = days_later(due.now, days, region.time_zone)

        def given(contact: Contact) -> dict[str, Any]:
            token = new_secret()
            sealed = settings.links.seal(token, contact.id)
            invitation = Invitation(digest_of(token).hex(), sealed)
            return {"invitation": invitation, "erase_at": until[contact.id]}

        return await CONTACTS.act_by_clock(due, ANNOUNCE_ERASURE, given)

    return announce


@for_due_rows(lambda now: _silent(now, _TOLD), at_most=AT_MOST)
async def erase_silent(due: DueRows[ContactRow]) -> int:
    """Those who were told, and of whom there is still no sign of life."""
    if await rebuilding(due.session, HEARS):
        return 0
    return await erase_by_clock(due)


SILENT = Expiring("contacts", erase_silent)
