"""Mails leave: claimed by one sender, sent, and said so; or tried again later, or given up. What is
older than its region keeps is deleted."""

import asyncio
import time
from collections.abc import Sequence
from datetime import datetime
from email.utils import format_datetime
from typing import Any
from uuid import UUID
from zoneinfo import ZoneInfo

from sqlalchemy import Row, text

from triskel.chassis.clock import Clock
from triskel.chassis.database import Database
from triskel.chassis.outbox import Outbox
from triskel.chassis.retention import Expiring, expired_rows
from triskel.chassis.telemetry import continued, log, traceparent
from triskel.contracts import Event
from triskel.contracts import notifications as contract
from triskel.notifications.gateways import mime
from triskel.notifications.gateways.invitations import invitation, method_of
from triskel.notifications.gateways.mime import Mailbox, Part, UnusableAddress
from triskel.notifications.gateways.smtp import Mailer, Never, NotNow
from triskel.notifications.gateways.texts import compose, name_in, pages, with_claimant
from triskel.notifications.messages.commands.noting import Note, Notes
from triskel.notifications.messages.rules.letters import for_confirmed, letters, undeliverable
from triskel.notifications.messages.rules.retries import pause_after
from triskel.notifications.settings import Settings

PORTION = 100
LANES = 8
"""Mails that leave at the same time, each by a connection of its own."""

LEASE_SECONDS = 45
WORK_SECONDS = 12
"""No mail is begun later than this after the claim, so that its lease cannot run out meanwhile."""

_CLAIM = text(
    """
    with mine as (
        select id from messages where state = 'waiting' and due_at <= clock_timestamp()
        order by due_at limit :portion for update skip locked
    ),
    claimed as (
        update messages as m
        set attempts = attempts + 1, due_at = clock_timestamp() + make_interval(secs => :lease)
        from mine where m.id = mine.id
        returning m.*
    )
    select m.*, c.name as person, c.email, c.channels, c.confirmed, c.language as reads,
        exists (select from messages as later
            where (later.contact_id, later.subject_id, later.reason)
                = (m.contact_id, m.subject_id, m.reason)
              and later.occurrence > m.occurrence) as replaced,
        (select coalesce(jsonb_object_agg(o.id, o.names), '{}') from organisations as o
         where o.id in (m.organisation_id, cast(m.facts ->> 'organisation_id' as uuid),
             cast(m.facts ->> 'school_id' as uuid),
             cast(m.facts ->> 'host_id' as uuid))) as names
    from claimed as m left join contacts as c on c.id = m.contact_id
    order by m.at, m.id
    """
)
_GIVE_BACK = text(
    """
    update messages set attempts = attempts - 1, due_at = clock_timestamp()
    where id = any(:ids) and state = 'waiting'
    """
)
_DELETE_OLD = """
    delete from messages where id = any (array(
        select m.id from kept join messages as m on m.region = kept.region and m.at < kept.before
        where m.state <> 'waiting'
        limit :at_most for update of m skip locked))
    """
_EVENTS = {
    "sent": contract.NotificationSent,
    "failed": contract.NotificationFailed,
    "suppressed": contract.NotificationSuppressed,
}


def old_messages(news_for_days: int) -> Expiring:
    """Messages that are kept no longer; longer than a month beyond what is news they always are,
    since by them nothing is told twice."""
    least = news_for_days // 28 + 1
    return expired_rows(
        "messages",
        "messages",
        lambda periods: max(periods.messages_months, least),
        _DELETE_OLD,
    )


class MailSender:
    """What a replica sends mails with."""

    def __init__(self, settings: Settings) -> None:
        self._from = Mailbox.parsed(settings.mail_from)
        self._mailer = Mailer(settings.smtp_url, self._from)
        self._public_url = settings.public_url
        self._registry_url = settings.registry_url
        self._zone = ZoneInfo(settings.time_zone)
        self._links = settings.links

    async def run(self, database: Database, outbox: Outbox, clock: Clock) -> int:
        """One portion; returns how many mails were looked at."""
        async with database.transaction() as session:
            found = await session.execute(_CLAIM, {"portion": PORTION, "lease": LEASE_SECONDS})
            rows = found.all()
        if not rows:
            await self.close()
            return 0
        until = time.monotonic() + WORK_SECONDS
        notes = Notes(database, outbox)
        lanes = [rows[lane::LANES] for lane in range(LANES)]
        left = await asyncio.gather(
            *(self._lane(lane, until, notes, outbox, clock) for lane in lanes if lane)
        )
        back = [number for lane in left for number in lane]
        if back:
            async with database.transaction() as session:
                await session.execute(_GIVE_BACK, {"ids": back})
        return len(rows) - len(back)

    async def close(self) -> None:
        """Nothing to send: no connection is kept for nothing."""
        await self._mailer.close()

    async def _lane(
        self,
        rows: Sequence[Row[Any]],
        until: float,
        notes: Notes,
        outbox: Outbox,
        clock: Clock,
    ) -> list[UUID]:
        """Returns the ids of what there was no time for."""
        for number, row in enumerate(rows):
            if time.monotonic() > until:
                return [each.id for each in rows[number:]]
            step = asyncio.create_task(self._one(row, notes, outbox, clock))
            try:
                await asyncio.shield(step)
            except asyncio.CancelledError:
                # a mail that the server took must be written down before we go
                await step
                raise
        return []

    async def _one(self, row: Row[Any], notes: Notes, outbox: Outbox, clock: Clock) -> None:
        with continued(f"mail {row.reason}", row.correlation_id, row.causation_id, row.traceparent):
            pause = None
            try:
                state, error = await self._try(row, clock)
            except NotNow as reason:
                error, pause = str(reason), pause_after(row.attempts)
                state = "failed" if pause is None else "waiting"
            now = clock.now()
            if pause is not None:
                log.warning("mail waits", message=str(row.id), error=error, attempts=row.attempts)
                note = Note(row.id, row.due_at, state, error, now, pause)
            else:
                (message,) = outbox.messages(_event(row, state, error, now))
                note = Note(row.id, row.due_at, state, error, now, event=message)
            await notes.write(note)

    async def _try(self, row: Row[Any], clock: Clock) -> tuple[str, str | None]:
        if row.email is None:
            return "suppressed", "contact-erased"
        if row.reason in letters():
            done = row.confirmed and not for_confirmed(row.reason)
            why = undeliverable(row.facts, done, row.replaced, clock.now())
            if why is not None:
                return "suppressed", why
        elif not row.confirmed:
            return "suppressed", "contact-unconfirmed"
        elif "email" not in row.channels:
            return "suppressed", "channel-refused"
        # an office has no name
        office = row.facts.get("mailbox")
        recipient = Mailbox("", office) if office else Mailbox(row.person, row.email)
        try:
            link = self._link(row)
        except ValueError:
            return "failed", "link-unreadable"
        try:
            mail = self._mail(row, recipient, link, clock)
        except UnusableAddress as reason:
            return "failed", str(reason)
        except Exception as error:  # one mail that cannot be written must not stop the others
            log.error("mail not written", message=str(row.id), error=type(error).__name__)
            return "failed", "text-unusable"
        try:
            await self._mailer.send(mail, recipient)
        except Never as reason:
            return "failed", str(reason)
        return "sent", None

    def _mail(self, row: Row[Any], recipient: Mailbox, link: str | None, clock: Clock) -> bytes:
        """The mail with its text, its HTML and, where there is a date, its calendar part."""
        texts = compose(row.reason, row.facts, row.names, row.reads, self._zone)
        organisation = name_in(row.names.get(str(row.organisation_id), {}), texts.language)
        if not recipient.name:
            # who reads an office's mail must know who asks
            texts = with_claimant(texts, row.person, row.email)
        plain, html = pages(texts, recipient.name or None, organisation, link)
        parts = [Part("text/plain", plain), Part("text/html", html)]
        method = method_of(row.reason, row.facts)
        if method:
            calendar = invitation(
                method,
                row.subject_id,
                row.facts,
                texts.subject if method == "CANCEL" else texts.title,
                texts.body,
                texts.place,
                recipient,
                self._from,
                clock.now(),
            )
            parts.append(Part(f"text/calendar; method={method}", calendar, exact=True))
        headers = [
            ("Date", format_datetime(clock.now())),
            # the same however often it is tried: a mailbox that got it twice can tell
            ("Message-ID", f"<{row.id}@{self._from.wire.rpartition('@')[2]}>"),
            ("Auto-Submitted", "auto-generated"),
            ("Content-Language", texts.language),
            ("X-Correlation-ID", row.correlation_id),
        ]
        if (trace := traceparent()) is not None:
            headers.append(("Traceparent", trace))
        return mime.mail(self._from, recipient, texts.subject, headers, parts, row.id.hex)

    def _link(self, row: Row[Any]) -> str | None:
        """Raises `ValueError` for a letter whose token was not sealed with one of our keys."""
        if sealed := row.facts.get("token"):
            token = self._links.open(sealed, row.contact_id)
            return f"{self._registry_url.rstrip('/')}/confirm?token={token}"
        if self._public_url:
            return f"{self._public_url.rstrip('/')}/{row.kind}/{row.subject_id}"
        return None


def _event(row: Row[Any], state: str, error: str | None, now: datetime) -> Event:
    """What the bus hears. The version is the next: while it is leased nobody else changes it."""
    delivery = contract.Delivery(
        id=row.id,
        region=row.region,
        version=row.version + 1,
        contact_id=row.contact_id,
        organisation_id=row.organisation_id,
        subject_id=row.subject_id,
        reason=row.reason,
        channel=row.channel,
        language=row.language,
        state=state,
        attempts=row.attempts,
        at=now,
        error=error,
    )
    event: Event = _EVENTS[state](delivery=delivery)
    return event
