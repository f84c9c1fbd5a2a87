"""Finals and their guests, and what is due on a day."""

from alembic import op

revision = "0005"
down_revision = "0004"


def upgrade() -> None:
    for statement in _TABLES:
        op.execute(statement)


_TABLES = [
    "alter table activities add column parent_id uuid",
    "alter table activities add column guests uuid[] not null default '{}'",
    "alter table activities alter column guests drop default",
    """
    create index activities_by_parent on activities (parent_id, drafted_at, id)
    where parent_id is not null
    """,
    "create index activities_by_guest on activities using gin (guests)",
    """
    create table dues (
        activity_id uuid not null references activities (id),
        kind varchar not null,
        number integer not null,
        region varchar not null,
        title varchar not null,
        owner_id uuid,
        due_on date not null,
        due_at timestamptz not null,
        done_at timestamptz,
        missed_at timestamptz,
        primary key (activity_id, kind, number)
    )
    """,
    """
    create index dues_by_owner on dues (owner_id, due_on, activity_id, number)
    where kind = 'action-item'
    """,
    """
    create index dues_by_region on dues (region, due_on, activity_id, number)
    where kind = 'action-item'
    """,
    """
    create index dues_open_by_region on dues (region, due_on, activity_id, number)
    where kind = 'action-item' and done_at is null
    """,
    """
    create index dues_unsaid on dues (due_at, activity_id)
    where done_at is null and missed_at is null
    """,
]
