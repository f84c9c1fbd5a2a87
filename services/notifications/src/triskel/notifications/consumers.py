"""What the notifications service hears: whom it may write to, and what there is to tell."""

from collections.abc import Sequence
from datetime import timedelta
from uuid import UUID

from sqlalchemy import ARRAY, Integer, Text, Uuid, bindparam, text
from sqlalchemy.dialects.postgresql import JSONB
from sqlalchemy.ext.asyncio import AsyncSession

from triskel.chassis.clock import Clock
from triskel.chassis.consumer import Consumers, Delivery, latest
from triskel.chassis.outbox import Outbox
from triskel.contracts.activities import ActivityEvent
from triskel.contracts.registry import ContactEvent, OrganisationEvent, PartnershipEvent
from triskel.notifications.domain.news import news_of
from triskel.notifications.usecases.telling import Heard, tell

_CONTACTS = text(
    """
    insert into contacts (id, version, region, organisation_id, name, email, language,
        roles, channels)
    select id, version, region, organisation_id, name, email, language,
        array(select jsonb_array_elements_text(roles)),
        array(select jsonb_array_elements_text(channels))
    from unnest(:ids, :versions, :regions, :organisations, :names, :emails, :languages,
        :roles, :channels)
        as n (id, version, region, organisation_id, name, email, language, roles, channels)
    where not exists (select from erased_contacts as e where e.id = n.id)
    on conflict (id) do update set
        version = excluded.version, region = excluded.region,
        organisation_id = excluded.organisation_id, name = excluded.name, email = excluded.email,
        language = excluded.language, roles = excluded.roles, channels = excluded.channels
    where contacts.version < excluded.version
    """
).bindparams(
    bindparam("ids", type_=ARRAY(Uuid)),
    bindparam("versions", type_=ARRAY(Integer)),
    bindparam("organisations", type_=ARRAY(Uuid)),
    *(bindparam(name, type_=ARRAY(Text)) for name in ("regions", "names", "emails", "languages")),
    *(bindparam(name, type_=ARRAY(JSONB, dimensions=1)) for name in ("roles", "channels")),
)
_REMEMBER_ERASED = text(
    "insert into erased_contacts (id) select unnest(:ids) on conflict do nothing"
).bindparams(bindparam("ids", type_=ARRAY(Uuid)))
_ERASE = text("delete from contacts where id = any(:ids)").bindparams(
    bindparam("ids", type_=ARRAY(Uuid))
)
_ORGANISATIONS = text(
    """
    insert into organisations (id, version, names)
    select * from unnest(:ids, :versions, :names)
    on conflict (id) do update set version = excluded.version, names = excluded.names
    where organisations.version < excluded.version
    """
).bindparams(
    bindparam("ids", type_=ARRAY(Uuid)),
    bindparam("versions", type_=ARRAY(Integer)),
    bindparam("names", type_=ARRAY(JSONB)),
)


def build_consumers(outbox: Outbox, clock: Clock, news_for: timedelta) -> Consumers:
    consumers = Consumers(
        "notifications", projections=["contacts", "erased_contacts", "organisations"]
    )

    @consumers.on("registry.contacts")
    async def on_contacts(session: AsyncSession, deliveries: Sequence[Delivery]) -> None:
        newest = latest(deliveries)
        # an id never comes back, so a tombstone counts even where an old copy follows it
        erased = {"ids": sorted({UUID(d.key) for d in deliveries if d.event is None})}
        if erased["ids"]:
            await session.execute(_REMEMBER_ERASED, erased)
            await session.execute(_ERASE, erased)
        people = [d.event.contact for d in newest if isinstance(d.event, ContactEvent)]
        if people:
            await session.execute(
                _CONTACTS,
                {
                    "ids": [p.id for p in people],
                    "versions": [p.version for p in people],
                    "regions": [p.region for p in people],
                    "organisations": [p.organisation_id for p in people],
                    "names": [p.name for p in people],
                    "emails": [p.email for p in people],
                    "languages": [p.language for p in people],
                    "roles": [[str(role) for role in p.roles] for p in people],
                    "channels": [[str(channel) for channel in p.channels] for p in people],
                },
            )

    @consumers.on("registry.organisations")
    async def on_organisations(session: AsyncSession, deliveries: Sequence[Delivery]) -> None:
        states = [
            d.event.organisation
            for d in latest(deliveries)
            if isinstance(d.event, OrganisationEvent)
        ]
        if states:
            await session.execute(
                _ORGANISATIONS,
                {
                    "ids": [o.id for o in states],
                    "versions": [o.version for o in states],
                    "names": [o.names for o in states],
                },
            )

    async def on_news(session: AsyncSession, deliveries: Sequence[Delivery]) -> None:
        """Every transition counts here, not the newest state alone. What is older than `news_for`
        is no news: a service that starts anew, or is rebuilt, does not wake people."""
        oldest = clock.now() - news_for
        heard = []
        for delivery in deliveries:
            envelope, event = delivery.envelope, delivery.event
            if envelope is None or envelope.time < oldest:
                continue
            if isinstance(event, ActivityEvent | PartnershipEvent) and (news := news_of(event)):
                heard.append(Heard(news, envelope))
        await tell(session, outbox, heard)

    consumers.on("registry.partnerships")(on_news)
    consumers.on("activities.activities")(on_news)
    return consumers
