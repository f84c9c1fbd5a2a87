"""Offers of places lapse by time; masterclasses are found by date."""

from alembic import op

revision = "0003"
down_revision = "0002"


def upgrade() -> None:
    for statement in _STATEMENTS:
        op.execute(statement)


_STATEMENTS = [
    "alter table activities add column place_answer_by timestamptz",
    """
    create index activities_with_offers on activities (place_answer_by)
    where place_answer_by is not null
    """,
    """
    create index activities_open_masterclasses on activities (region, starts_at, id)
    where format = 'teacher-masterclass' and state in ('scheduled', 'confirmed')
    """,
]
