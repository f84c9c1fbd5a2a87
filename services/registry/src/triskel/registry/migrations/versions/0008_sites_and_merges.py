"""Organisations have sites and a history, may be merged, and are found by more than their name."""

from alembic import op

revision = "0008"
down_revision = "0007"


def upgrade() -> None:
    for statement in _STATEMENTS:
        op.execute(statement)


_STATEMENTS = [
    """
    alter table organisations
        add column sites jsonb not null default '[]',
        add column merged_into uuid references organisations (id),
        add column status_reason varchar,
        add column updated_at timestamptz not null default clock_timestamp()
    """,
    """
    alter table organisations
        alter column sites drop default,
        alter column updated_at drop default
    """,
    "create index organisations_by_region on organisations (region, search_name, id)",
    "create index organisations_by_area on organisations (nuts3, search_name, id)",
    "create index organisations_by_municipality on organisations "
    "(lower(address ->> 'municipality'), search_name, id)",
    "create index organisations_by_municipality_code on organisations "
    "((address ->> 'municipality_code'), search_name, id)",
    "create index organisations_of_priority on organisations (search_name, id) "
    "where priority_education",
    "create index organisations_closed on organisations (search_name, id) where not open",
    "create index organisations_by_change on organisations (updated_at, id)",
    "create index organisations_merged on organisations (merged_into) "
    "where merged_into is not null",
    """
    alter table identifiers
        add column site_id uuid,
        add column main boolean not null default true
    """,
    "alter table identifiers alter column main drop default",
    "create index identifiers_by_value on identifiers (value)",
    """
    create table organisation_steps (
        organisation_id uuid not null references organisations (id),
        version integer not null,
        action varchar not null,
        status varchar not null,
        by varchar not null,
        at timestamptz not null,
        reason varchar,
        primary key (organisation_id, version)
    )
    """,
]
