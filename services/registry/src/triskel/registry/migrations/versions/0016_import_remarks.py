"""Reports of imports say how a file was read, and which cells were left out or put right."""

from alembic import op

revision = "0016"
down_revision = "0015"


def upgrade() -> None:
    op.execute(
        """
        alter table imports
            add column remarked integer not null default 0,
            add column encoding varchar,
            add column separator varchar
        """
    )
    op.execute("alter table imports alter column remarked drop default")
    op.execute("alter table import_lines add column remarks jsonb")
    op.execute(
        "create index import_lines_remarked on import_lines (import_id, number) "
        "where remarks is not null"
    )
