"""Who may act for which organisation."""

from alembic import op

from triskel.chassis.memberships import membership_tables_v1

revision = "0024"
down_revision = "0023"


def upgrade() -> None:
    for statement in membership_tables_v1() + _OWN:
        op.execute(statement)


_OWN = [
    "alter table memberships add column at timestamptz not null default now(), "
    "add column decided_at timestamptz",
    "create unique index memberships_once on memberships (person, organisation_id) "
    "where state <> 'ended'",
    "create index memberships_by_region on memberships (region, at, id)",
    "create index memberships_by_state on memberships (region, state, at, id)",
    "create index memberships_by_organisation on memberships (organisation_id, at, id)",
    "create index memberships_by_contact on memberships (contact_id)",
]
