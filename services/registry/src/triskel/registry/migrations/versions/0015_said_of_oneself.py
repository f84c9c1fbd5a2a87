"""Imports do not follow an identifier that an organisation gave to itself."""

from alembic import op

revision = "0015"
down_revision = "0014"

# who absorbed another may have its identifiers, which are its register's
STATEMENT = """
    update identifiers as i set main = false
    where i.main and i.organisation_id in (
        select organisation_id from organisation_steps
        where action = 'register' and by <> 'coordinator'
        except select organisation_id from organisation_steps where action = 'absorb'
    )
"""


def upgrade() -> None:
    op.execute(STATEMENT)
