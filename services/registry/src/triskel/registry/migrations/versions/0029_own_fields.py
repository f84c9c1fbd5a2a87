"""What people have set is remembered, and what registers say otherwise is kept beside it."""

from alembic import op

revision = "0029"
down_revision = "0028"

# nobody knows any more which of its values people set: of what they registered or changed all are
# taken for theirs, so that nothing of it is lost; the register's stand beside it
THEIRS = """
    update organisations as o set own_fields = array(
        select field from (values
            ('address', o.address is not null),
            ('levels', o.levels <> '{}'),
            ('names', o.names <> '{}'),
            ('nuts3', o.nuts3 is not null),
            ('partnership_capacity', o.partnership_capacity is not null),
            ('position', o.latitude is not null),
            ('priority_education', o.priority_education),
            ('public_sector', o.public_sector is not null),
            ('pupils', o.pupils is not null),
            ('sector', o.sector is not null)
        ) as known (field, said) where said order by field
    )
    where not exists (
        select from organisation_steps as s where s.organisation_id = o.id and s.action = 'import'
    ) or exists (
        select from organisation_steps as s
        where s.organisation_id = o.id and s.action = 'update' and s.by <> 'system'
    )
"""
_STATEMENTS = (
    "alter table organisations add column own_fields text[] not null default '{}'",
    THEIRS,
    """
    create table organisation_conflicts (
        organisation_id uuid not null references organisations (id),
        field varchar not null,
        region varchar not null,
        register_value jsonb not null,
        since timestamptz not null,
        kept_at timestamptz,
        primary key (organisation_id, field)
    )
    """,
    "create index organisation_conflicts_open "
    "on organisation_conflicts (region, since, organisation_id, field) where kept_at is null",
)


def upgrade() -> None:
    for statement in _STATEMENTS:
        op.execute(statement)
