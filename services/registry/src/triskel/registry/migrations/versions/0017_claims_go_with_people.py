"""A claim goes with the person who made it."""

from alembic import op

revision = "0017"
down_revision = "0016"


def upgrade() -> None:
    op.execute(
        """
        alter table claims
            drop constraint claims_contact_id_fkey,
            add constraint claims_contact_id_fkey
                foreign key (contact_id) references contacts (id) on delete cascade
        """
    )
