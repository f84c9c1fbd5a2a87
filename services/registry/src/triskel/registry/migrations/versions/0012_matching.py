"""Rounds in which schools and companies rank each other, and an index to find who is near."""

from alembic import op

revision = "0012"
down_revision = "0011"


def upgrade() -> None:
    for statement in _STATEMENTS:
        op.execute(statement)


_STATEMENTS = [
    """
    create table matching_rounds (
        id uuid primary key,
        version integer not null,
        region varchar not null,
        school_year varchar not null,
        state varchar not null,
        opened_at timestamptz not null,
        rank_until timestamptz not null,
        schools integer not null,
        companies integer not null,
        schools_ranked integer,
        companies_ranked integer,
        matched integer,
        closed_at timestamptz
    )
    """,
    """
    create unique index matching_rounds_one_live on matching_rounds (region, school_year)
    where state in ('opened', 'ranking-closed', 'matched')
    """,
    "create index matching_rounds_by_time on matching_rounds (region, opened_at, id)",
    "create index matching_rounds_to_close on matching_rounds (rank_until) where state = 'opened'",
    """
    create table matching_participants (
        round_id uuid not null references matching_rounds (id),
        organisation_id uuid not null references organisations (id),
        side varchar not null,
        entry_id uuid not null references waiting_entries (id),
        ranking_version integer not null,
        ranking jsonb,
        ranked_at timestamptz,
        places integer,
        reason varchar,
        refusals jsonb,
        primary key (round_id, organisation_id)
    )
    """,
    """
    create index matching_participants_by_side
    on matching_participants (round_id, side, organisation_id)
    """,
    """
    create table matching_pairs (
        round_id uuid not null references matching_rounds (id),
        school_id uuid not null references organisations (id),
        company_id uuid not null references organisations (id),
        school_rank integer not null,
        company_rank integer not null,
        points double precision not null,
        criteria jsonb not null,
        left_out boolean not null,
        primary key (round_id, school_id, company_id)
    )
    """,
    """
    create index matching_pairs_by_company
    on matching_pairs (round_id, company_id, school_id)
    """,
    """
    create index organisations_to_match on organisations (region, latitude, longitude)
    where status = 'approved' and open
    """,
]
