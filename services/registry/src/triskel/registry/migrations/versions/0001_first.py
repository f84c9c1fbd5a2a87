"""The registry's first tables."""

from alembic import op

from triskel.chassis.ddl import bus_tables_v1

revision = "0001"
down_revision = None


def upgrade() -> None:
    for statement in [*bus_tables_v1(), *_TABLES]:
        op.execute(statement)


_TABLES = [
    """
    create table organisations (
        id uuid primary key,
        version integer not null,
        region varchar not null,
        kind text not null,
        status text not null,
        open boolean not null,
        names jsonb not null,
        search_name varchar not null,
        legal_unit jsonb,
        levels text[] not null,
        sector varchar,
        address jsonb,
        latitude double precision,
        longitude double precision,
        nuts3 varchar,
        pupils integer,
        priority_education boolean not null,
        public_sector boolean,
        partnership_capacity integer
    )
    """,
    "create index organisations_by_name on organisations (search_name, id)",
    "create index organisations_by_kind on organisations (kind, search_name, id)",
    "create index organisations_by_status on organisations (status, search_name, id)",
    "create index organisations_by_place on organisations (latitude, longitude)",
    "create index organisations_by_level on organisations using gin (levels)",
    "create index organisations_by_word on organisations "
    "using gin (to_tsvector('simple', search_name))",
    """
    create table identifiers (
        scheme varchar not null,
        value varchar not null,
        organisation_id uuid not null references organisations (id),
        primary key (scheme, value)
    )
    """,
    "create index identifiers_by_organisation on identifiers (organisation_id)",
    """
    create table contacts (
        id uuid primary key,
        version integer not null,
        region varchar not null,
        organisation_id uuid not null references organisations (id),
        name varchar not null,
        email varchar not null,
        roles text[] not null,
        language varchar not null,
        channels text[] not null,
        confirmed boolean not null
    )
    """,
    "create unique index contacts_once on contacts (organisation_id, lower(email))",
    """
    create table partnerships (
        id uuid primary key,
        version integer not null,
        region varchar not null,
        school_id uuid not null references organisations (id),
        company_id uuid not null references organisations (id),
        school_year varchar not null,
        state varchar not null,
        proposed_by varchar not null,
        proposed_at timestamptz not null,
        answer_by timestamptz not null,
        starts_on date not null,
        ends_on date not null,
        goals varchar,
        accepted_at timestamptz,
        signed_head timestamptz,
        signed_company timestamptz,
        signed_coordinator timestamptz,
        activated_at timestamptz,
        closed_at timestamptz,
        reason varchar,
        renewal_of uuid references partnerships (id)
    )
    """,
    """
    create unique index partnerships_one_live on partnerships (school_id, company_id, school_year)
    where state in ('proposed', 'accepted', 'agreement-draft', 'partially-signed', 'signed',
        'active', 'suspended')
    """,
    "create index partnerships_by_time on partnerships (proposed_at, id)",
    "create index partnerships_by_school on partnerships (school_id, proposed_at, id)",
    "create index partnerships_by_company on partnerships (company_id, proposed_at, id)",
    "create index partnerships_by_state on partnerships (state, proposed_at, id)",
    "create index partnerships_unanswered on partnerships (answer_by) where state = 'proposed'",
    """
    create table partnership_steps (
        partnership_id uuid not null references partnerships (id),
        version integer not null,
        action varchar not null,
        state varchar not null,
        by varchar not null,
        at timestamptz not null,
        reason varchar,
        primary key (partnership_id, version)
    )
    """,
    """
    create table planned_activities (
        id uuid primary key,
        version integer not null,
        partnership_id uuid,
        state varchar not null
    )
    """,
    "create index planned_activities_by_partnership on planned_activities (partnership_id)",
    """
    create table imports (
        id uuid primary key,
        dataset varchar not null,
        region varchar not null,
        dry_run boolean not null,
        at timestamptz not null,
        rows integer not null,
        created integer not null,
        changed integer not null,
        unchanged integer not null,
        refused integer not null
    )
    """,
    """
    create table import_lines (
        import_id uuid not null references imports (id),
        number integer not null,
        outcome varchar not null,
        identifier varchar,
        changes jsonb,
        refusals jsonb,
        primary key (import_id, number)
    )
    """,
    "create index import_lines_by_outcome on import_lines (import_id, outcome, number)",
]
