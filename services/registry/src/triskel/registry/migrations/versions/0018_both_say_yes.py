"""When each of the two said yes to a partnership."""

from alembic import op

revision = "0018"
down_revision = "0017"


def upgrade() -> None:
    op.execute(
        "alter table partnerships add column approved_school timestamptz, "
        "add column approved_company timestamptz"
    )
    # who proposed said yes by it; what was accepted was meant by both
    op.execute(
        """
        update partnerships set
            approved_school = case
                when proposed_by in ('head', 'teacher') then proposed_at else accepted_at end,
            approved_company = case
                when proposed_by = 'company' then proposed_at else accepted_at end
        """
    )
