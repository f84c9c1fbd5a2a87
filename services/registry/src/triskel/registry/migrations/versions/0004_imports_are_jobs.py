"""An import is a job: it has a state, and its file until it is done."""

from alembic import op

revision = "0004"
down_revision = "0003"


def upgrade() -> None:
    op.execute(
        """
        alter table imports
            add column state varchar not null default 'done',
            add column max_closed integer,
            add column total integer,
            add column failure jsonb
        """
    )
    op.execute("alter table imports alter column state drop default")
    op.execute("create index imports_waiting on imports (id) where state in ('queued', 'running')")
    op.execute(
        """
        create table import_files (
            import_id uuid primary key references imports (id),
            content bytea not null
        )
        """
    )
