"""Addresses of calendar feeds, and an organisation's activities by date."""

from alembic import op

revision = "0008"
down_revision = "0007"


def upgrade() -> None:
    for statement in _STATEMENTS:
        op.execute(statement)


_STATEMENTS = [
    """
    create table feeds (
        id uuid primary key,
        organisation_id uuid not null,
        region varchar not null,
        secret_hash bytea not null,
        made_at timestamptz not null
    )
    """,
    "create unique index feeds_by_secret on feeds (secret_hash)",
    "create index feeds_by_organisation on feeds (organisation_id, made_at, id)",
    "create index activities_by_host_and_start on activities (host_id, starts_at)",
    "create index activities_by_school_and_start on activities (school_id, starts_at)",
    """
    create index activities_by_booking on activities
    using gin ((data -> 'bookings') jsonb_path_ops)
    where jsonb_array_length(data -> 'bookings') > 0
    """,
]
