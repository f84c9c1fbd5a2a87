"""What the notifications service consumes: contacts, to whom it may write, what is news, and how
long regions keep it."""

from collections.abc import Callable, Sequence
from datetime import datetime, timedelta
from uuid import UUID

from sqlalchemy import ARRAY, Text, Uuid, bindparam, text
from sqlalchemy.ext.asyncio import AsyncSession

from triskel.chassis.clock import Clock
from triskel.chassis.consumer import ConsumedRecord, Consumers, Projection
from triskel.chassis.database import after_commit
from triskel.chassis.memberships import MEMBERSHIPS
from triskel.chassis.outbox import Outbox
from triskel.chassis.regions import REGIONS
from triskel.contracts import Envelope
from triskel.contracts.activities import Activity
from triskel.contracts.registry import Contact, Organisation
from triskel.notifications.messages.commands.posting import post
from triskel.notifications.messages.commands.telling import Heard, tell
from triskel.notifications.messages.rules.letters import SECRETS, Letter, letter_of, undeliverable
from triskel.notifications.messages.rules.news import news_of
from triskel.notifications.messages.rules.participants import participants_of

CONTACTS = Projection(
    "contacts",
    Contact,
    *("region", "organisation_id", "name", "email", "language", "roles", "channels", "confirmed"),
    unless="exists (select from erased_contacts as e where e.id = rows.id)",
)
ORGANISATIONS = Projection("organisations", Organisation, "region", "names")
PARTICIPANTS = Projection(
    "activity_participants",
    Activity,
    "region",
    derived=lambda activity: {
        "organisations": sorted(participants_of(activity).organisations),
        "contacts": sorted(participants_of(activity).contacts),
    },
)
_REMEMBER_ERASED = text(
    "insert into erased_contacts (id) select unnest(:ids) on conflict do nothing"
).bindparams(bindparam("ids", type_=ARRAY(Uuid)))
_ERASE = text("delete from contacts where id = any(:ids)").bindparams(
    bindparam("ids", type_=ARRAY(Uuid))
)
_FORGET_SECRETS = text(
    "update messages set facts = facts - :secrets "
    "where contact_id = any(:ids) and state = 'waiting'"
).bindparams(bindparam("ids", type_=ARRAY(Uuid)), bindparam("secrets", type_=ARRAY(Text)))


def _letters(records: Sequence[ConsumedRecord], now: datetime) -> list[tuple[Letter, Envelope]]:
    """What must still be asked of people. Its own expiry says for how long, not how old news may
    be: a service that was away for a week must still ask."""
    found = []
    for record in records:
        if record.envelope is None or record.event is None:
            continue
        letter = letter_of(record.event)
        if letter and undeliverable(letter.facts, confirmed=False, replaced=False, now=now) is None:
            found.append((letter, record.envelope))
    return found


def build_consumers(
    outbox: Outbox, clock: Clock, news_for: timedelta, wake: Callable[[], None]
) -> Consumers:
    """`wake` is called when there may be new mails to send."""
    consumers = Consumers(
        "notifications", projections=["contacts", "erased_contacts", "organisations", "regions"]
    )

    def heard_in(records: Sequence[ConsumedRecord]) -> list[Heard]:
        """Every transition counts here, not the newest state alone. What is older than `news_for`
        is no news: a service that starts anew, or is rebuilt, does not wake people."""
        oldest = clock.now() - news_for
        heard = []
        for record in records:
            envelope, event = record.envelope, record.event
            if envelope is None or event is None or envelope.time < oldest:
                continue
            if news := news_of(event):
                heard.append(Heard(news, envelope))
        return heard

    @consumers.on("registry.contacts")
    async def on_contacts(session: AsyncSession, records: Sequence[ConsumedRecord]) -> None:
        # an id never comes back, so a tombstone counts even where an old copy follows it
        erased = {"ids": sorted({UUID(record.key) for record in records if record.event is None})}
        if erased["ids"]:
            await session.execute(_REMEMBER_ERASED, erased)
            await session.execute(_ERASE, erased)
            await session.execute(_FORGET_SECRETS, erased | {"secrets": list(SECRETS)})
        await CONTACTS.keep(session, records)
        await post(session, _letters(records, clock.now()))
        await tell(session, outbox, heard_in(records))
        after_commit(session, wake)

    async def on_news(session: AsyncSession, records: Sequence[ConsumedRecord]) -> None:
        await tell(session, outbox, heard_in(records))
        after_commit(session, wake)

    async def on_activities(session: AsyncSession, records: Sequence[ConsumedRecord]) -> None:
        # first who takes part now: who withdrew is not told what was decided before
        await PARTICIPANTS.keep(session, records)
        await on_news(session, records)

    consumers.on("registry.organisations")(ORGANISATIONS.keep)
    consumers.on("registry.regions")(REGIONS.keep)
    consumers.on("registry.partnerships")(on_news)
    consumers.on("registry.matching-rounds")(on_news)
    consumers.on("registry.reports")(on_news)
    # no projections that a rebuild empties: meanwhile who withdrew would be told, and nobody could
    # act
    consumers.on("activities.activities")(on_activities)
    consumers.on("registry.memberships")(MEMBERSHIPS.keep)
    return consumers
