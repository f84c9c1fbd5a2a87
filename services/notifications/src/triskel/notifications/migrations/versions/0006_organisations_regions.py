"""In which region an organisation is: its people and their messages say it of those known now."""

from alembic import op

revision = "0006"
down_revision = "0005"

_STATEMENTS = (
    "alter table organisations add column region varchar",
    """
    update organisations as o set region = known.region from (
        select organisation_id, region from contacts
        union select organisation_id, region from messages
    ) as known
    where known.organisation_id = o.id
    """,
)


def upgrade() -> None:
    for statement in _STATEMENTS:
        op.execute(statement)
