"""When an activity ends, so that what is over and was not reported is found."""

from alembic import op

revision = "0014"
down_revision = "0013"


def upgrade() -> None:
    op.execute("alter table activities add column ends_at timestamptz")
    op.execute("update activities set ends_at = (data -> 'slot' ->> 'ends_at')::timestamptz")
    # written out, as the job asks for it
    op.execute(
        """
        create index activities_by_end on activities (ends_at)
        where state in ('scheduled', 'confirmed', 'in-progress')
        """
    )
