"""The first tables of the metrics service."""

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
        kind varchar not null,
        status varchar not null,
        open boolean not null,
        levels text[] not null,
        codes text[] not null,
        pupils integer
    )
    """,
    "create index organisations_by_region on organisations (region, kind)",
    """
    create table partnerships (
        id uuid primary key,
        version integer not null,
        region varchar not null,
        school_id uuid not null,
        company_id uuid not null,
        school_year varchar not null,
        state varchar not null,
        activated_at timestamptz,
        closed_at timestamptz,
        renewal_of uuid
    )
    """,
    "create index partnerships_by_year on partnerships (region, school_year)",
    """
    create table activities (
        id uuid primary key,
        version integer not null,
        region varchar not null,
        format varchar not null,
        state varchar not null,
        school_year varchar not null,
        host_id uuid not null,
        school_id uuid,
        delivered_at timestamptz,
        outcome varchar,
        attendance jsonb not null
    )
    """,
    """
    create index activities_delivered on activities (region, school_year, delivered_at)
    where delivered_at is not null
    """,
    """
    create table choices (
        id uuid primary key,
        version integer not null,
        country varchar not null,
        code varchar not null,
        school_year varchar not null,
        level varchar not null,
        pupil_girls integer not null,
        pupil_boys integer not null,
        stem_girls integer not null,
        stem_boys integer not null,
        all_girls integer not null,
        all_boys integer not null
    )
    """,
    "create index choices_by_year on choices (country, level, school_year)",
    """
    create table enrolments (
        id uuid primary key,
        version integer not null,
        country varchar not null,
        code varchar not null,
        school_year varchar not null,
        level varchar not null,
        girls integer not null,
        boys integer not null
    )
    """,
    "create index enrolments_by_code on enrolments (code, level, school_year)",
    """
    create table deliveries (
        id uuid primary key,
        version integer not null,
        region varchar not null,
        channel varchar not null,
        state varchar not null,
        at timestamptz not null
    )
    """,
    "create index deliveries_by_region on deliveries (region, at)",
    """
    create table published_figures (
        id uuid primary key,
        version integer not null,
        digest varchar not null
    )
    """,
]
