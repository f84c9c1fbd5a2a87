"""What was to be reported already had its first reminder."""

from alembic import op

revision = "0017"
down_revision = "0016"


def upgrade() -> None:
    op.execute(
        """
        update activities set data = jsonb_set(data, '{report_reminded}', '1')
        where state = 'in-progress' and data ->> 'to_report_at' is not null
        """
    )
