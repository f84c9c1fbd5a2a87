"""School calendars, per region and school year."""

from alembic import op

revision = "0005"
down_revision = "0004"


def upgrade() -> None:
    op.execute(
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
            public_holidays jsonb not null,
            source varchar not null
        )
        """
    )
    op.execute("create unique index calendars_by_region on calendars (region, school_year)")
    op.execute("create index calendars_by_school_year on calendars (school_year, region)")
