"""Partnerships at risk, how hosts answer, and more of what activities tell."""

from alembic import op

revision = "0009"
down_revision = "0008"

CARRIED = "('accepted', 'agreement-draft', 'partially-signed', 'signed', 'active', 'suspended')"


def upgrade() -> None:
    for statement in _STATEMENTS:
        op.execute(statement)


_STATEMENTS = [
    "alter table partnerships add column at_risk_since timestamptz",
    "alter table partnerships add column risks text[] not null default '{}'",
    "alter table partnerships add column watched_on date",
    "create index partnerships_watched on partnerships (watched_on nulls first, id) "
    "where state in ('signed', 'active')",
    "create index partnerships_at_risk on partnerships (region, proposed_at, id) "
    "where at_risk_since is not null",
    "create index partnerships_to_begin on partnerships (starts_on) where state = 'signed'",
    "create index partnerships_carried on partnerships (company_id, school_year) "
    f"where state in {CARRIED}",
    "alter table partnership_steps add column side varchar",
    "alter table partnership_steps add column note varchar",
    """
    update partnership_steps set side = case by when 'coordinator' then 'coordinator'
        when 'company' then 'host' when 'system' then null else 'school' end
    """,
    # a projection is read again from the log: where its reader stood is kept as a rebuild keeps it
    "truncate planned_activities",
    """
    alter table planned_activities
        add column host_id uuid not null,
        add column proposed_by varchar not null,
        add column proposed_at timestamptz,
        add column answer_by timestamptz,
        add column answered_at timestamptz,
        add column delivered_at timestamptz,
        add column outcome varchar
    """,
    "create index planned_activities_asked on planned_activities (host_id, proposed_at) "
    "where proposed_by = 'school'",
    """
    insert into consumer_offsets (consumer_group, topic, partition, next_offset)
    select consumer_group || '.stood', topic, partition, next_offset from consumer_offsets
    where consumer_group = 'registry.activities.activities'
    """,
    "delete from consumer_offsets where consumer_group = 'registry.activities.activities'",
    """
    create table host_responsiveness (
        id uuid primary key,
        version integer not null,
        measured_at timestamptz,
        answered integer not null,
        unanswered integer not null,
        median_hours double precision,
        unanswered_in_a_row integer not null,
        hidden_since timestamptz,
        measure_at timestamptz not null
    )
    """,
    "create index host_responsiveness_due on host_responsiveness (measure_at)",
    # hosts that were asked before there was anything to measure with
    """
    insert into host_responsiveness
        (id, version, answered, unanswered, unanswered_in_a_row, measure_at)
    select distinct company_id, 0, 0, 0, 0, timestamptz '2000-01-01 00:00+00' from partnerships
    where proposed_by in ('head', 'teacher')
    """,
    "alter table organisations add column answer_rank smallint not null default 0",
    "create index organisations_by_rank on organisations (answer_rank, search_name, id)",
    "create index organisations_by_kind_and_rank on organisations "
    "(kind, answer_rank, search_name, id)",
    "create table departures (organisation_id uuid primary key, at timestamptz not null)",
]
