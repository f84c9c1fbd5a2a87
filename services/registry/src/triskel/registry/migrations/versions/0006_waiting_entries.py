"""Waiting lists: who looks for a partner in a school year."""

from alembic import op

revision = "0006"
down_revision = "0005"


def upgrade() -> None:
    op.execute(
        """
        create table waiting_entries (
            id uuid primary key,
            version integer not null,
            region varchar not null,
            organisation_id uuid not null references organisations (id),
            side varchar not null,
            school_year varchar not null,
            state varchar not null,
            wishes jsonb not null,
            since timestamptz not null,
            remaining integer not null,
            closed_at timestamptz
        )
        """
    )
    op.execute(
        """
        create unique index waiting_entries_one_open
        on waiting_entries (organisation_id, school_year) where state = 'open'
        """
    )
    op.execute("create index waiting_entries_by_time on waiting_entries (region, since, id)")
    op.execute(
        """
        create index waiting_entries_by_list
        on waiting_entries (region, school_year, side, state, since, id)
        """
    )
    op.execute(
        """
        create index waiting_entries_by_organisation
        on waiting_entries (organisation_id, since, id)
        """
    )
    op.execute(
        """
        create index waiting_entries_to_expire on waiting_entries (school_year)
        where state = 'open'
        """
    )
