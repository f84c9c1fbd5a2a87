"""Registers are imported again each night, and it is known who has activities that are not over."""

from alembic import op

revision = "0011"
down_revision = "0010"


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
    # 0009 has emptied the projection: it is read again with this column
    op.execute("alter table planned_activities add column school_id uuid")
    for side in ("school", "host"):
        op.execute(
            f"create index planned_activities_of_{side} on planned_activities ({side}_id) "
            "where state in ('proposed', 'accepted', 'scheduled', 'confirmed', 'in-progress')"
        )
