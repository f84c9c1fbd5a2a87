"""Only who has confirmed is told news, so we must know who has: contacts are read again."""

from alembic import op

revision = "0002"
down_revision = "0001"


def upgrade() -> None:
    for statement in _CHANGES:
        op.execute(statement)


_CHANGES = [
    # until their topic is read again, which is compacted, those whom we know count as before
    "alter table contacts add column confirmed boolean not null default true",
    "alter table contacts alter column confirmed drop default",
    "update contacts set version = 0",
    "delete from consumer_offsets where topic = 'registry.contacts'",
    "create index messages_of_contact on messages (contact_id, at, id)",
]
