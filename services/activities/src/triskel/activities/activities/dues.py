"""What is due on a day, kept beside its activity so that lists and reminders find it."""

from dataclasses import asdict

from sqlalchemy import delete, tuple_
from sqlalchemy.dialects.postgresql import insert
from sqlalchemy.ext.asyncio import AsyncSession

from triskel.activities.activities.dues_tables import DueRow
from triskel.activities.activities.rules.activity import Activity
from triskel.activities.activities.rules.dues import dues_of

_TABLE = DueRow.__table__
_KEY = ("activity_id", "kind", "number")


async def keep_dues(session: AsyncSession, before: Activity, after: Activity) -> None:
    """In the transaction and under the lock of the activity's change; mostly there is nothing."""
    known, wanted = dues_of(before), dues_of(after)
    if known == wanted:
        return
    await session.flush()
    gone = {(due.kind, due.number) for due in known} - {(due.kind, due.number) for due in wanted}
    if gone:
        column = _TABLE.c
        await session.execute(
            delete(_TABLE)
            .where(column.activity_id == after.id)
            .where(tuple_(column.kind, column.number).in_(sorted(gone)))
        )
    if wanted:
        rows = [asdict(due) | {"activity_id": after.id, "region": after.region} for due in wanted]
        statement = insert(_TABLE).values(rows)
        changed = {c.name: statement.excluded[c.name] for c in _TABLE.c if c.name not in _KEY}
        await session.execute(
            statement.on_conflict_do_update(index_elements=list(_KEY), set_=changed)
        )
