"""Offers' words and subjects are searched as one rule folds them (contracts/folding.py)."""

from alembic import op
from sqlalchemy import ARRAY, Connection, Text, Uuid, bindparam, text

from triskel.contracts.folding import folded

revision = "0010"
down_revision = "0009"

ROWS_AT_ONCE = 2_000
_FIRST = "00000000-0000-0000-0000-000000000000"
_READ = text("select id, data from offers where id > :after order by id limit :rows")
# a list of lists is no array of PostgreSQL's, and no folded subject has a slash
_WRITE = text(
    """
    update offers as o set
        subjects = string_to_array(f.subjects, '/'),
        document = setweight(to_tsvector('simple', f.title), 'A')
            || setweight(to_tsvector('simple', replace(f.subjects, '/', ' ')), 'B')
            || setweight(to_tsvector('simple', f.description), 'D')
    from unnest(:ids, :titles, :descriptions, :subjects)
        as f (id, title, description, subjects)
    where o.id = f.id
    """
).bindparams(
    bindparam("ids", type_=ARRAY(Uuid)),
    bindparam("titles", type_=ARRAY(Text)),
    bindparam("descriptions", type_=ARRAY(Text)),
    bindparam("subjects", type_=ARRAY(Text)),
)


def upgrade() -> None:
    refill(op.get_bind())


def refill(connection: Connection) -> None:
    """Folded in Python, as every later write is, so that the rule stands in one place."""
    after = _FIRST
    while rows := connection.execute(_READ, {"after": after, "rows": ROWS_AT_ONCE}).all():
        after = rows[-1][0]
        offers = [data for _, data in rows]
        connection.execute(
            _WRITE,
            {
                "ids": [number for number, _ in rows],
                "titles": [folded(offer["title"]) for offer in offers],
                "descriptions": [folded(offer["description"]) for offer in offers],
                "subjects": ["/".join(map(folded, offer["subjects"])) for offer in offers],
            },
        )
