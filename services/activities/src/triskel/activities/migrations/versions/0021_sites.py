"""Whoever looks for offers that are near finds them by each of their host's sites.

Sites of organisations that were heard before are known with their next event, or after
`triskel rebuild activities`.
"""

from alembic import op

revision = "0021"
down_revision = "0020"

STATEMENTS = (
    "alter table organisations add column sites jsonb not null default '[]'",
    "alter table offers add column host_sites jsonb not null default '[]'",
    """
    create index offers_of_several_sites on offers (host_rank, id)
    where state = 'published' and host_listed and host_sites <> '[]'
    """,
)


def upgrade() -> None:
    for statement in STATEMENTS:
        op.execute(statement)
