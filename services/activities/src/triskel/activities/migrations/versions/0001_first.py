"""The first tables of the activities service."""

from alembic import op

from triskel.chassis.ddl import bus_tables_v1

revision = "0001"
down_revision = None


def upgrade() -> None:
    for statement in [*bus_tables_v1(), *_TABLES]:
        op.execute(statement)


_TABLES = [
    """
    create table activities (
        id uuid primary key,
        version integer not null,
        region varchar not null,
        format varchar not null,
        state varchar not null,
        school_year varchar not null,
        host_id uuid not null,
        school_id uuid,
        partnership_id uuid,
        drafted_at timestamptz not null,
        answer_by timestamptz,
        starts_at timestamptz,
        delivered_at timestamptz,
        data jsonb not null
    )
    """,
    "create index activities_by_region on activities (region, drafted_at, id)",
    "create index activities_by_host on activities (host_id, drafted_at, id)",
    "create index activities_by_school on activities (school_id, drafted_at, id)",
    "create index activities_by_partnership on activities (partnership_id, drafted_at, id)",
    "create index activities_by_state on activities (region, state, drafted_at, id)",
    "create index activities_by_format on activities (region, format, drafted_at, id)",
    "create index activities_by_start on activities (region, starts_at)",
    "create index activities_unanswered on activities (answer_by) where state = 'proposed'",
    """
    create index activities_to_close on activities (delivered_at)
    where state in ('delivered', 'evaluated')
    """,
    """
    create table activity_steps (
        activity_id uuid not null references activities (id),
        version integer not null,
        action varchar not null,
        state varchar not null,
        by varchar not null,
        at timestamptz not null,
        reason varchar,
        slot jsonb,
        primary key (activity_id, version)
    )
    """,
    """
    create table organisations (
        id uuid primary key,
        version integer not null,
        region varchar not null,
        kind varchar not null,
        status varchar not null,
        open boolean not null
    )
    """,
    """
    create table partnerships (
        id uuid primary key,
        version integer not null,
        school_id uuid not null,
        company_id uuid not null,
        school_year varchar not null,
        state varchar not null
    )
    """,
]
