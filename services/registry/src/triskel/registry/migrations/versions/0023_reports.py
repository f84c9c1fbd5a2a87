"""Organisations and activities are reported to the coordinator."""

from alembic import op

revision = "0023"
down_revision = "0022"


def upgrade() -> None:
    for statement in _STATEMENTS:
        op.execute(statement)


_STATEMENTS = [
    """
    create table reports (
        id uuid primary key,
        version integer not null,
        region varchar not null,
        subject varchar not null,
        subject_id uuid not null,
        category varchar not null,
        state varchar not null,
        reported_at timestamptz not null,
        reporter varchar not null,
        text varchar not null,
        note varchar,
        closed_at timestamptz
    )
    """,
    "create unique index reports_one_open on reports (subject_id, reporter) where state = 'open'",
    "create index reports_by_state on reports (region, state, reported_at, id)",
    "create index reports_by_time on reports (region, reported_at, id)",
]
