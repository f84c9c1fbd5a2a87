"""There is a deadline for signing, and what nobody signs lapses."""

from alembic import op

revision = "0019"
down_revision = "0018"

UNSIGNED = "state in ('accepted', 'agreement-draft', 'partially-signed')"


def upgrade() -> None:
    op.execute("alter table partnerships add column sign_by timestamptz")
    # what waits already is given the whole time from now on; what has been active does not lapse
    op.execute(
        f"update partnerships set sign_by = greatest(accepted_at, now()) + interval '60 days' "
        f"where {UNSIGNED} and activated_at is null"
    )
    op.execute(f"create index partnerships_unsigned on partnerships (sign_by) where {UNSIGNED}")
