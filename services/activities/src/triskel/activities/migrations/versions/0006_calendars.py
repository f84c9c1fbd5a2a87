"""School calendars, as the registry tells them."""

from alembic import op

revision = "0006"
down_revision = "0005"


def upgrade() -> None:
    for statement in _STATEMENTS:
        op.execute(statement)


_STATEMENTS = [
    """
    create table calendars (
        id uuid primary key,
        version integer not null,
        region varchar not null,
        school_year varchar not null,
        time_zone varchar not null,
        first_day date not null,
        last_day date not null,
        holidays jsonb not null,
        public_holidays jsonb not null
    )
    """,
    "create index calendars_by_region on calendars (region, school_year)",
]
