"""News become messages: one for each person, subject, reason and channel."""

from collections.abc import Sequence
from dataclasses import dataclass

from sqlalchemy import ARRAY, Boolean, DateTime, Integer, Text, Uuid, bindparam, text
from sqlalchemy.dialects.postgresql import JSONB
from sqlalchemy.ext.asyncio import AsyncSession

from triskel.chassis.outbox import Outbox
from triskel.chassis.telemetry import caused_by
from triskel.contracts import Envelope
from triskel.contracts import notifications as contract
from triskel.notifications.messages.rules.news import News

_TELL = text(
    """
    with news as (
        select * from unnest(:numbers, :organisations, :roles, :contacts, :regions, :kinds,
            :subjects, :reasons, :occurrences, :facts, :times, :correlations, :causes, :traces,
            :participants)
            as n (number, organisation_id, roles, audience_id, news_region, kind, subject_id,
                reason, occurrence, facts, at, correlation_id, causation_id, traceparent,
                taking_part)
        where not n.taking_part or exists (
            select from activity_participants as p where p.id = n.subject_id
                and (n.organisation_id = any (p.organisations) or n.audience_id = any (p.contacts)))
    ),
    people as (
        select c.id as contact_id, c.organisation_id as own, c.region, c.language, c.channels, n.*
        from news as n join contacts as c on c.organisation_id = n.organisation_id and c.confirmed
            and (n.roles is null or c.roles && array(select jsonb_array_elements_text(n.roles)))
        union all
        select c.id, c.organisation_id, c.region, c.language, c.channels, n.*
        from news as n join contacts as c
            on c.region = n.news_region and 'coordinator' = any (c.roles)
        where n.organisation_id is null and n.audience_id is null and c.confirmed
        union all
        select c.id, c.organisation_id, c.region, c.language, c.channels, n.*
        from news as n join contacts as c on c.id = n.audience_id and c.confirmed
    ),
    told as (
        insert into messages (region, contact_id, organisation_id, kind, subject_id, reason,
            occurrence, channel, language, state, version, attempts, finished_at, facts, at,
            correlation_id, causation_id, traceparent)
        select region, contact_id, own, kind, subject_id, reason, occurrence, channel, language,
            case channel when 'inbox' then 'sent' else 'waiting' end,
            case channel when 'inbox' then 1 else 0 end,
            case channel when 'inbox' then 1 else 0 end,
            case channel when 'inbox' then at end,
            facts, at, correlation_id, causation_id, traceparent
        from people, unnest(channels) as channel
        order by contact_id, subject_id, reason, occurrence, channel
        on conflict (contact_id, subject_id, reason, occurrence, channel) do nothing
        returning id, region, contact_id, organisation_id, subject_id, reason, occurrence,
            channel, language, at, causation_id
    )
    select * from told where channel = 'inbox' order by causation_id, id
    """
).bindparams(
    bindparam("numbers", type_=ARRAY(Integer)),
    bindparam("occurrences", type_=ARRAY(Integer)),
    bindparam("organisations", type_=ARRAY(Uuid)),
    bindparam("contacts", type_=ARRAY(Uuid)),
    bindparam("subjects", type_=ARRAY(Uuid)),
    bindparam("roles", type_=ARRAY(JSONB(none_as_null=True), dimensions=1)),
    bindparam("facts", type_=ARRAY(JSONB)),
    bindparam("participants", type_=ARRAY(Boolean)),
    bindparam("times", type_=ARRAY(DateTime(timezone=True))),
    *(
        bindparam(name, type_=ARRAY(Text))
        for name in ("regions", "kinds", "reasons", "correlations", "causes", "traces")
    ),
)


@dataclass(frozen=True)
class Heard:
    """News and the envelope that brought it, whose trace the message continues."""

    news: News
    envelope: Envelope


async def tell(session: AsyncSession, outbox: Outbox, heard: Sequence[Heard]) -> None:
    """Make the messages that there are not yet, for those who have confirmed that they want any.
    What is in the inbox has arrived, and is said so; mails wait for the sender. The same news
    again makes nothing. A message is of the region of who gets it: guests come from others."""
    rows = [(each, audience) for each in heard for audience in each.news.audiences]
    if not rows:
        return
    found = await session.execute(
        _TELL,
        {
            "numbers": list(range(len(rows))),
            "organisations": [audience.organisation for _, audience in rows],
            "roles": [
                sorted(str(r) for r in audience.roles) if audience.roles is not None else None
                for _, audience in rows
            ],
            "contacts": [audience.contact for _, audience in rows],
            "regions": [each.news.region for each, _ in rows],
            "kinds": [each.news.kind for each, _ in rows],
            "subjects": [each.news.subject for each, _ in rows],
            "reasons": [each.news.reason for each, _ in rows],
            "occurrences": [each.news.occurrence for each, _ in rows],
            "facts": [each.news.facts for each, _ in rows],
            "times": [each.envelope.time for each, _ in rows],
            "correlations": [each.envelope.correlationid for each, _ in rows],
            "causes": [each.envelope.id for each, _ in rows],
            "traces": [each.envelope.traceparent for each, _ in rows],
            "participants": [audience.taking_part for _, audience in rows],
        },
    )
    arrived: dict[str, list[contract.NotificationSent]] = {}
    for row in found:
        delivery = contract.Delivery(
            id=row.id,
            region=row.region,
            version=1,
            contact_id=row.contact_id,
            organisation_id=row.organisation_id,
            subject_id=row.subject_id,
            reason=row.reason,
            channel=row.channel,
            language=row.language,
            state="sent",
            attempts=1,
            at=row.at,
        )
        arrived.setdefault(row.causation_id, []).append(
            contract.NotificationSent(delivery=delivery)
        )
    envelopes = {each.envelope.id: each.envelope for each in heard}
    for cause, events in arrived.items():
        with caused_by(envelopes[cause]):
            await outbox.record(session, *events)
