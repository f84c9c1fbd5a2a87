"""Until when another date is answered, so that one that nobody agreed to in time is found."""

from alembic import op

revision = "0016"
down_revision = "0015"


def upgrade() -> None:
    op.execute("alter table activities add column date_answer_by timestamptz")
    op.execute(
        """
        create index activities_by_date_answer on activities (date_answer_by)
        where date_answer_by is not null
        """
    )
