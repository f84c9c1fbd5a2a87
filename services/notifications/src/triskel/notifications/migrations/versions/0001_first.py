"""The first tables of the notifications service."""

from alembic import op

from triskel.chassis.ddl import bus_tables_v1

revision = "0001"
down_revision = None


def upgrade() -> None:
    for statement in [*bus_tables_v1(), *_TABLES]:
        op.execute(statement)


_TABLES = [
    """
    create table contacts (
        id uuid primary key,
        version integer not null,
        region varchar not null,
        organisation_id uuid not null,
        name varchar not null,
        email varchar not null,
        roles text[] not null,
        language varchar not null,
        channels text[] not null
    )
    """,
    "create index contacts_by_organisation on contacts (organisation_id)",
    """
    create index coordinators on contacts (region) where 'coordinator' = any (roles)
    """,
    "create table erased_contacts (id uuid primary key)",
    """
    create table organisations (
        id uuid primary key,
        version integer not null,
        names jsonb not null
    )
    """,
    # due_at is a time of the machine, at is a time of the domain
    """
    create table messages (
        id uuid primary key default gen_random_uuid(),
        version integer not null default 0,
        region varchar not null,
        contact_id uuid not null,
        organisation_id uuid not null,
        kind varchar not null,
        subject_id uuid not null,
        reason varchar not null,
        occurrence integer not null,
        channel varchar not null,
        language varchar not null,
        state varchar not null,
        facts jsonb not null,
        at timestamptz not null,
        attempts integer not null default 0,
        due_at timestamptz not null default clock_timestamp(),
        error varchar,
        finished_at timestamptz,
        read_at timestamptz,
        correlation_id varchar not null,
        causation_id varchar not null,
        traceparent varchar,
        unique (contact_id, subject_id, reason, occurrence, channel)
    )
    """,
    "create index messages_due on messages (due_at) where state = 'waiting'",
    "create index messages_of_organisation on messages (organisation_id, channel, at, id)",
    "create index messages_by_state on messages (region, state, at, id)",
    "create index messages_by_region on messages (region, at, id)",
]
