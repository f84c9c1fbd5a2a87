"""Contacts are invited and confirm; what happened to them is kept with them."""

from alembic import op

revision = "0007"
down_revision = "0006"


def upgrade() -> None:
    for statement in _CHANGES:
        op.execute(statement)


_CHANGES = [
    """
    alter table contacts
        add column languages text[] not null default '{}',
        add column confirmed_by varchar,
        add column confirmed_at timestamptz,
        add column consent_given_on date,
        add column invited_at timestamptz,
        add column invitation_digest varchar,
        add column invitation_expires_at timestamptz
    """,
    "alter table contacts alter column languages drop default",
    """
    create unique index contacts_by_invitation on contacts (invitation_digest)
    where invitation_digest is not null
    """,
    """
    create table contact_steps (
        contact_id uuid not null references contacts (id),
        version integer not null,
        action varchar not null,
        by varchar not null,
        at timestamptz not null,
        fields text[] not null,
        primary key (contact_id, version)
    )
    """,
]
