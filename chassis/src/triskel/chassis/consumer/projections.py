"""Projections: tables that follow a topic, written set-based; old versions change nothing."""

from collections import defaultdict
from collections.abc import Callable, Iterable, Sequence
from typing import Any

from pydantic_core import to_json
from sqlalchemy import TextClause, text
from sqlalchemy.ext.asyncio import AsyncSession

from triskel.chassis.consumer.handlers import ConsumedRecord, latest
from triskel.contracts.event import Aggregate

Row = dict[str, Any]


class Projection:
    """A table that follows one kind of aggregate: each row is an aggregate's newest state.

    `columns` are called as the aggregate's fields are; `derived` gives further columns from the
    state. `unless` is SQL over `rows`: those are not kept. A batch travels as one JSON text, which
    PostgreSQL reads with the types of the table: measured, half the work of an array per column.
    """

    def __init__(
        self,
        table: str,
        kind: type[Aggregate],
        *columns: str,
        derived: Callable[[Any], Row] = lambda _: {},
        unless: str = "false",
    ) -> None:
        self._table = table
        self._kind = kind
        self._columns = ("id", "version", *columns)
        self._derived = derived
        self._unless = unless

    def row(self, state: Aggregate) -> Row:
        """One state as the columns of the table."""
        return {name: getattr(state, name) for name in self._columns} | self._derived(state)

    async def keep(self, session: AsyncSession, records: Sequence[ConsumedRecord]) -> None:
        """Store the newest state of each aggregate of that kind: of two versions the higher. An id
        belongs to the region that made it: what another says of it changes nothing."""
        by_region: dict[str, list[ConsumedRecord]] = defaultdict(list)
        for record in records:
            if record.event is not None and isinstance(record.event.aggregate, self._kind):
                by_region[record.event.aggregate.region].append(record)
        for of_region in by_region.values():
            rows = [
                self.row(record.event.aggregate) for record in latest(of_region) if record.event
            ]
            await session.execute(self._upsert(rows[0]), {"rows": to_json(rows).decode()})

    def _upsert(self, names: Iterable[str]) -> TextClause:
        table, listed = self._table, ", ".join(names)
        updates = ", ".join(f"{name} = excluded.{name}" for name in names if name != "id")
        at_home = f"coalesce({table}.region, excluded.region) = excluded.region"
        own = f"and {at_home}" if "region" in names else ""
        return text(
            f"""
            insert into {table} ({listed})
            select {listed}
            from json_populate_recordset(cast(null as {table}), cast(:rows as json)) as rows
            where not ({self._unless})
            on conflict (id) do update set {updates}
            where {table}.version < excluded.version {own}
            """
        )
