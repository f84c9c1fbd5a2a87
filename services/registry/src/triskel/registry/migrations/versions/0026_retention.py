"""What is let go by time is found by an index, also once most of it has gone."""

from alembic import op

revision = "0026"
down_revision = "0025"


def upgrade() -> None:
    for statement in _INDEXES:
        op.execute(statement)


_INDEXES = [
    "create index partnership_steps_noted on partnership_steps (partnership_id) "
    "where note is not null",
    "create index matching_participants_ranked on matching_participants (round_id) "
    "where ranking is not null or refusals is not null",
    "create index imports_by_time on imports (region, at)",
    "create index reports_closed on reports (region, closed_at) where text <> ''",
]
