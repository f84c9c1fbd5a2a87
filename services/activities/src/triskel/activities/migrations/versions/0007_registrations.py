"""Families register themselves for parents' days."""

from alembic import op

revision = "0007"
down_revision = "0006"


def upgrade() -> None:
    for statement in _STATEMENTS:
        op.execute(statement)


_STATEMENTS = [
    """
    create table registration_links (
        activity_id uuid primary key references activities (id),
        token_hash bytea not null unique,
        quota integer not null,
        until timestamptz not null,
        closed_at timestamptz,
        booked integer not null,
        waiting integer not null,
        uncounted_since timestamptz
    )
    """,
    """
    create index registration_links_uncounted on registration_links (uncounted_since)
    where uncounted_since is not null
    """,
    """
    create table registrations (
        id uuid primary key,
        activity_id uuid not null references registration_links (activity_id),
        token_hash bytea not null unique,
        adults integer not null,
        children integer not null,
        state varchar not null,
        asked_at timestamptz not null
    )
    """,
    """
    create index registrations_waiting on registrations (activity_id, asked_at, id)
    where state = 'waiting'
    """,
]
