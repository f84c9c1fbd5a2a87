"""Parts of an aggregate that are rows of a table of their own: read with its row, and written.

Their relationship is `parts_of_row()`: nothing loads it by the way, and whoever reads the aggregate
reads them in the same statement.
"""

from collections.abc import Sequence
from typing import Any

from sqlalchemy import ColumnElement, inspect, select
from sqlalchemy.ext.asyncio import AsyncSession
from sqlalchemy.orm import aliased, joinedload, selectinload
from sqlalchemy.orm.attributes import set_committed_value
from sqlmodel import Relationship

from triskel.chassis.shapes import Shape


def parts_of_row() -> Any:
    """The relationship of a row to its parts. It has SQLAlchemy write a row before its parts, and
    does nothing else by itself."""
    return Relationship(sa_relationship_kwargs={"lazy": "raise", "cascade": ""})


async def rows_of(
    session: AsyncSession, shape: Shape[Any], *which: ColumnElement[bool], lock: bool = False
) -> Sequence[Any]:
    """Rows with their parts, in the order of their ids; locked, if so wished.

    Under a lock that was waited for PostgreSQL gives the row as it is then, and everything else of
    the statement as it was before (18, 13.2.1): where the version tells so, the parts are read
    again.
    """
    row: Any = shape.row
    relationships = [getattr(row, name) for name in shape.parts]
    statement = select(row).where(*which).order_by(row.id)
    joined = statement.options(*(joinedload(each) for each in relationships))
    if not lock:
        return (await session.scalars(joined)).unique().all()
    before = aliased(row)
    version = select(before.version).where(before.id == row.id).scalar_subquery()
    locked = await session.execute(joined.add_columns(version).with_for_update(of=row))
    found = locked.unique().all()
    if late := [each.id for each, known in found if each.version != known]:
        again = select(row).where(row.id.in_(late)).execution_options(populate_existing=True)
        await session.scalars(again.options(*(selectinload(each) for each in relationships)))
    return [each for each, _ in found]


def write_parts(session: AsyncSession, shape: Shape[Any], row: Any, subject: Any) -> None:
    """The parts of a row as the subject has them, at the transaction's end. One that another row
    gave away is the same row of its table."""
    for name, columns_of_parts in shape.to_part_columns(subject).items():
        kind, owner = shape.parts[name].row, shape.parts[name].owner
        mapper: Any = inspect(kind)
        key = [column.key for column in mapper.primary_key]
        kept = []
        for columns in columns_of_parts:
            identity = mapper.identity_key_from_primary_key([columns[each] for each in key])
            part = session.identity_map.get(identity)
            if part is None:
                part = kind(**columns)
            for column, value in columns.items():
                setattr(part, column, value)
            session.add(part)
            kept.append(part)
        there = [] if inspect(row).transient else getattr(row, name)
        for part in there:
            if part not in kept and getattr(part, owner) == row.id:
                session.sync_session.delete(part)
        set_committed_value(row, name, kept)
