"""What organisations say of themselves beside their register."""

from alembic import op

revision = "0027"
down_revision = "0026"


def upgrade() -> None:
    op.execute("alter table organisations add column stated jsonb")
