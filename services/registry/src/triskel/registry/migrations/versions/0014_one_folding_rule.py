"""Names and municipalities are searched as one rule folds them (contracts/folding.py)."""

from alembic import op
from sqlalchemy import ARRAY, Connection, Text, Uuid, bindparam, text

from triskel.contracts.folding import folded

revision = "0014"
down_revision = "0013"

ROWS_AT_ONCE = 5_000
_READ = text(
    """
    select id, names, address ->> 'municipality' from organisations
    where id > :after order by id limit :rows
    """
)
_FIRST = "00000000-0000-0000-0000-000000000000"
_WRITE = text(
    """
    update organisations as o
    set search_name = f.search_name, search_municipality = f.search_municipality
    from unnest(:ids, :names, :municipalities) as f (id, search_name, search_municipality)
    where o.id = f.id
    """
).bindparams(
    bindparam("ids", type_=ARRAY(Uuid)),
    bindparam("names", type_=ARRAY(Text)),
    bindparam("municipalities", type_=ARRAY(Text)),
)


def upgrade() -> None:
    op.execute("alter table organisations add column search_municipality varchar")
    refill(op.get_bind())
    op.execute("drop index organisations_by_municipality")
    op.execute(
        "create index organisations_by_municipality on organisations "
        "(search_municipality, search_name, id)"
    )


def refill(connection: Connection) -> None:
    """Folded in Python, as every later write is, so that the rule stands in one place."""
    after = _FIRST
    while rows := connection.execute(_READ, {"after": after, "rows": ROWS_AT_ONCE}).all():
        after = rows[-1][0]
        connection.execute(
            _WRITE,
            {
                "ids": [number for number, _, _ in rows],
                "names": [
                    folded(" ".join(names[key] for key in sorted(names))) for _, names, _ in rows
                ],
                "municipalities": [folded(place) if place else None for *_, place in rows],
            },
        )
