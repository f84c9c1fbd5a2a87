"""Partnerships are renewed, and end when their last day has passed."""

from alembic import op

revision = "0003"
down_revision = "0002"


def upgrade() -> None:
    op.execute(
        "create index partnerships_by_renewal on partnerships (renewal_of) "
        "where renewal_of is not null"
    )
    op.execute(
        """
        create index partnerships_running on partnerships (ends_on)
        where state in ('accepted', 'agreement-draft', 'partially-signed', 'signed', 'active',
            'suspended')
        """
    )
