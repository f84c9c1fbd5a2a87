"""How hosts answer, so that searches can rank them."""

from alembic import op

revision = "0002"
down_revision = "0001"


def upgrade() -> None:
    op.execute(
        """
        create table host_responsiveness (
            id uuid primary key,
            version integer not null,
            answered integer not null,
            unanswered integer not null,
            answer_rate double precision,
            median_hours double precision,
            hidden_since timestamptz
        )
        """
    )
