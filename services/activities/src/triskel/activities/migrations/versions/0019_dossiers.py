"""Meetings that belong together are found by their dossier."""

from alembic import op

revision = "0019"
down_revision = "0018"


def upgrade() -> None:
    op.execute("alter table activities add column dossier_id uuid")
    op.execute(
        """
        create index activities_by_dossier on activities (dossier_id)
        where dossier_id is not null
        """
    )
