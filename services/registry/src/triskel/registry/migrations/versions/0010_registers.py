"""Registers are imported again each night."""

from alembic import op

revision = "0010"
down_revision = "0009"


def upgrade() -> None:
    op.execute(
        """
        create table registers (
            id uuid primary key,
            version integer not null,
            region varchar not null,
            dataset varchar not null,
            source varchar not null,
            max_closed integer,
            hour integer not null,
            next_at timestamptz not null,
            looked_at timestamptz,
            found varchar,
            failure jsonb,
            import_id uuid references imports (id),
            digest varchar,
            etag varchar,
            last_modified varchar
        )
        """
    )
    op.execute("create index registers_by_region on registers (region, id)")
    op.execute("create index registers_by_night on registers (next_at)")
