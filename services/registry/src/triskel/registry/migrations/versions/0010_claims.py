"""Imported organisations are claimed, by their official mailbox or before the coordinator."""

from alembic import op

revision = "0010"
down_revision = "0009"


def upgrade() -> None:
    for statement in _CHANGES:
        op.execute(statement)


_CHANGES = [
    "alter table organisations add column mailbox varchar",
    """
    create table claims (
        id uuid primary key,
        version integer not null,
        region varchar not null,
        organisation_id uuid not null references organisations (id),
        contact_id uuid references contacts (id),
        claimant varchar not null,
        by_mailbox boolean not null,
        state varchar not null,
        at timestamptz not null,
        expires_at timestamptz not null,
        digest varchar,
        decided_at timestamptz,
        reason varchar
    )
    """,
    "create unique index claims_one_open on claims (organisation_id, claimant) "
    "where state = 'open'",
    "create index claims_of_person on claims (claimant, organisation_id)",
    "create index claims_by_contact on claims (contact_id)",
    "create index claims_by_state on claims (region, state, at, id)",
    "create unique index claims_by_digest on claims (digest) where digest is not null",
    "create index claims_waiting on claims (expires_at) where state = 'open'",
    "create index claims_closed on claims (decided_at) where decided_at is not null",
]
