"""Projections: tables that follow a topic, written set-based; old copies change nothing."""

from collections.abc import Callable, Sequence
from typing import Any

from sqlalchemy import ARRAY, Boolean, DateTime, Integer, TextClause, Uuid, bindparam, text
from sqlalchemy import Text as Words
from sqlalchemy.dialects.postgresql import JSONB
from sqlalchemy.ext.asyncio import AsyncSession

from triskel.chassis.consumer.handlers import Delivery, latest
from triskel.contracts.event import Aggregate

Row = dict[str, Any]
_TYPES: dict[str, Any] = {
    "uuid": Uuid,
    "int": Integer,
    "bool": Boolean,
    "timestamptz": DateTime(timezone=True),
    "text": Words,
    "jsonb": JSONB,
}


class Projection:
    """A table that follows a topic: each row is an aggregate's newest state. `columns` gives each
    column's type; `words` are arrays of text, which travel as JSON because `unnest` flattens
    arrays of arrays. `unless` is SQL over `rows`: those are not kept."""

    def __init__(
        self, table: str, columns: dict[str, str], words: Sequence[str] = (), unless: str = "false"
    ) -> None:
        self.columns = {"id": "uuid", "version": "int"} | columns | dict.fromkeys(words, "jsonb")
        names = [*self.columns]
        shown = [
            f"array(select jsonb_array_elements_text({name}))" if name in words else name
            for name in names
        ]
        updates = ", ".join(f"{name} = excluded.{name}" for name in names if name != "id")
        self._upsert: TextClause = text(
            f"""
            insert into {table} ({", ".join(names)})
            select {", ".join(shown)}
            from unnest({", ".join(f":{name}" for name in names)}) as rows ({", ".join(names)})
            where not ({unless})
            on conflict (id) do update set {updates}
            where {table}.version < excluded.version
            """
        ).bindparams(
            *(
                bindparam(name, type_=ARRAY(_TYPES[kind], dimensions=1))
                for name, kind in self.columns.items()
            )
        )

    async def keep(self, session: AsyncSession, rows: Sequence[Row]) -> None:
        """Each aggregate at most once (see `latest`); the higher version stays."""
        if rows:
            await session.execute(
                self._upsert, {name: [row[name] for row in rows] for name in self.columns}
            )


def rows_of(
    deliveries: Sequence[Delivery], kind: type[Aggregate], row: Callable[[Any], Row]
) -> list[Row]:
    """A row for each aggregate of that kind, from its newest event of the batch."""
    states = [d.event.aggregate for d in latest(deliveries) if d.event is not None]
    return [row(state) for state in states if isinstance(state, kind)]


def same(state: Aggregate, *names: str) -> Row:
    """The columns that are called as the aggregate's fields are."""
    return {name: getattr(state, name) for name in names}
