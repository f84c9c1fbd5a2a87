"""Agreements are documents with a digest, and who signed is known."""

from alembic import op

revision = "0021"
down_revision = "0020"


def upgrade() -> None:
    op.execute(
        """
        create table agreements (
            partnership_id uuid not null references partnerships (id),
            number integer not null,
            language varchar not null,
            made_at timestamptz not null,
            digest varchar not null,
            page varchar not null,
            pdf bytea not null,
            primary key (partnership_id, number)
        )
        """
    )
    # what was signed before there were documents stays signed; a draft is drafted anew
    op.execute(
        """
        alter table partnerships
            add column signed_head_by uuid,
            add column signed_company_by uuid,
            add column signed_coordinator_by uuid,
            add column agreement_number integer not null default 0,
            add column agreement_language varchar,
            add column agreement_digest varchar
        """
    )
    op.execute("alter table partnerships alter column agreement_number drop default")
