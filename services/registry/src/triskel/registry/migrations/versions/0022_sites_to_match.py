"""Who has several sites is found for whom it is near by one of them."""

from alembic import op

revision = "0022"
down_revision = "0021"


def upgrade() -> None:
    op.execute(
        "create index organisations_with_sites on organisations (region) "
        "where status = 'approved' and open and sites <> '[]'"
    )
