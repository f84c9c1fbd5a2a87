"""Offers, the activities made from them, and programmes."""

from alembic import op

revision = "0004"
down_revision = "0003"


def upgrade() -> None:
    for statement in _CHANGES:
        op.execute(statement)


_LISTED = "where state = 'published' and host_listed"

_CHANGES = [
    """
    create table offers (
        id uuid primary key,
        version integer not null,
        region varchar not null,
        host_id uuid not null,
        format varchar not null,
        state varchar not null,
        drafted_at timestamptz not null,
        levels text[] not null,
        subjects text[] not null,
        languages text[] not null,
        places text[] not null,
        document tsvector not null,
        latitude double precision,
        longitude double precision,
        radius_km integer,
        lead_days integer not null,
        host_listed boolean not null,
        host_rank double precision not null,
        free_days datemultirange,
        next_free date,
        counted_on date,
        data jsonb not null
    )
    """,
    # what a search asks: any of the five lists and words in one index, and the orders of answers
    f"""
    create index offers_by_content on offers
    using gin (document, levels, subjects, languages, places) {_LISTED}
    """,
    f"create index offers_by_rank on offers (host_rank, id) {_LISTED}",
    f"create index offers_by_format on offers (format, host_rank, id) {_LISTED}",
    f"create index offers_by_position on offers (latitude, longitude) {_LISTED}",
    f"create index offers_by_next_free on offers (next_free, id) {_LISTED}",
    f"create index offers_by_free_days on offers using gist (free_days) {_LISTED}",
    "create index offers_by_host on offers (host_id, drafted_at, id)",
    "create index offers_by_region on offers (region, drafted_at, id)",
    "create index offers_by_state on offers (region, state, drafted_at, id)",
    "create index offers_to_count on offers (counted_on) where state = 'published'",
    """
    create table offer_steps (
        offer_id uuid not null references offers (id),
        version integer not null,
        action varchar not null,
        state varchar not null,
        by varchar not null,
        at timestamptz not null,
        changed text[] not null,
        primary key (offer_id, version)
    )
    """,
    "alter table activities add column offer_id uuid, add column offer_day date",
    """
    create index activities_by_offer on activities (offer_id, drafted_at, id)
    where offer_id is not null
    """,
    "alter table activity_steps add column message varchar",
    """
    alter table organisations
    add column latitude double precision, add column longitude double precision
    """,
    "alter table partnerships add column region varchar",
    """
    update partnerships set region = organisations.region
    from organisations where organisations.id = partnerships.school_id
    """,
    "create index partnerships_by_region on partnerships (region, school_year, id)",
    "create index partnerships_by_school on partnerships (school_id, id)",
    "create index partnerships_by_company on partnerships (company_id, id)",
    """
    create table programmes (
        partnership_id uuid not null,
        school_year varchar not null,
        id uuid not null,
        version integer not null,
        data jsonb not null,
        primary key (partnership_id, school_year)
    )
    """,
]
