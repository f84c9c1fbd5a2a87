"""Whoever looks for what is near finds organisations by each of their sites."""

from alembic import op

revision = "0031"
down_revision = "0030"


def upgrade() -> None:
    op.execute(
        "create index organisations_of_several_sites on organisations (search_name, id) "
        "where sites <> '[]'"
    )
