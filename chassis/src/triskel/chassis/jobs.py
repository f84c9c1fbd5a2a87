"""Periodic work over rows that are due: a bounded number of them, locked, in one transaction.

A job is a statement and a function:

    @for_due_rows(
        lambda now: select(PartnershipRow)
        .where(col(PartnershipRow.state) == PROPOSED, col(PartnershipRow.answer_by) < now)
        .order_by(col(PartnershipRow.answer_by))
    )
    async def expire_unanswered(due: DueRows[PartnershipRow]) -> int:
        \"""Proposals whose deadline passed.\"""
        events = [expire(row, due.now) for row in due.rows]
        await due.outbox.record(due.session, *events)
        return len(due.rows)

A worker runs it: `Worker("expire-partnerships", 5.0, expire_unanswered)`. Where the function needs
a setting, define it inside a function that takes the setting.
"""

from collections.abc import Awaitable, Callable, Sequence
from dataclasses import dataclass
from datetime import datetime
from functools import update_wrapper
from typing import Any, Generic, TypeVar, overload

from sqlalchemy import Select
from sqlalchemy.ext.asyncio import AsyncSession

from triskel.chassis.clock import Clock
from triskel.chassis.database import Database
from triskel.chassis.outbox import Outbox

Job = Callable[[Database, Outbox, Clock], Awaitable[int]]
"""Does a bounded amount of work in transactions of its own; returns how much, 0 where there was
none."""

Row = TypeVar("Row")
First = TypeVar("First")
Second = TypeVar("Second")


@dataclass(frozen=True)
class DueRows(Generic[Row]):
    """What one call of a job works on, in one transaction that commits when the job returns.

    `rows`, at least one, are locked until then in the order of the job's statement; nobody else
    works on them. `now` is the time for which they are due. What is recorded in `outbox` with
    `session` commits with the changes.
    """

    session: AsyncSession
    outbox: Outbox
    rows: Sequence[Row]
    now: datetime


Change = Callable[[DueRows[Row]], Awaitable[int]]


@overload
def for_due_rows(
    statement: Callable[[datetime], Select[Row]],
    *,
    at_most: int = ...,
    key_share: bool = ...,
) -> Callable[[Change[Row]], Job]: ...


@overload
def for_due_rows(
    statement: Callable[[datetime], Select[First, Second]],
    *,
    at_most: int = ...,
    key_share: bool = ...,
) -> Callable[[Change[tuple[First, Second]]], Job]: ...


def for_due_rows(
    statement: Callable[[datetime], Any], *, at_most: int = 500, key_share: bool = False
) -> Callable[[Change[Any]], Job]:
    """Make a job of a function that changes due rows.

    `statement` selects what is due at a time, in the order in which it is to be done: without an
    order rows may wait for ever behind others. A statement over two tables gives pairs. At most
    `at_most` rows are taken; rows that another transaction has locked are left for the next call
    (`for update skip locked`), so that several replicas share the work. `key_share` takes the
    weaker lock that lets others refer to the rows meanwhile.

    The function returns how many of the rows are not due any more. That is the job's own result:
    above 0 its worker calls again at once, so a row that stays due must not be counted. Without
    due rows the function is not called. Whatever it raises rolls everything back.
    """

    def job_of(change: Change[Any]) -> Job:
        async def job(database: Database, outbox: Outbox, clock: Clock) -> int:
            now = clock.now()
            due = statement(now).limit(at_most)
            async with database.transaction() as session:
                found = await session.execute(
                    due.with_for_update(skip_locked=True, key_share=key_share)
                )
                rows = found.scalars().all() if len(due.column_descriptions) == 1 else found.all()
                return await change(DueRows(session, outbox, rows, now)) if rows else 0

        return update_wrapper(job, change)

    return job_of
