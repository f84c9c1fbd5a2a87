"""What became of mails is written down together, and one that cannot be stops no other."""

import asyncio
from datetime import timedelta
from typing import Any

from sqlalchemy.exc import DBAPIError

from triskel.contracts import activities as a
from triskel.contracts import registry
from triskel.contracts.codes import Role
from triskel.notifications.messages.commands.noting import Note, Notes

MAILS = 40


async def waiting(platform: Any, mails: int) -> None:
    await platform.hear(
        *(
            registry.ContactRegistered(
                contact=platform.contact(f"p{n} x", platform.school, Role.TEACHER)
            )
            for n in range(mails)
        )
    )
    await platform.hear(a.ActivityScheduled(activity=platform.activity(), by=Role.COMPANY))


async def test_mails_that_leave_together_are_written_down_together(platform: Any) -> None:
    await waiting(platform, MAILS)
    assert await platform.send() == MAILS
    ((mails, transactions),) = await platform.rows(
        "select count(*), count(distinct xmin::text) from messages "
        "where channel = 'email' and state = 'sent'"
    )
    assert mails == MAILS
    assert transactions <= MAILS / 2
    ((said, subjects),) = await platform.rows(
        "select count(*), count(distinct key) from outbox where headers ->> 'ce_type' "
        "like '%notification-sent.v1' and convert_from(value, 'utf8') like '%\"email\"%'"
    )
    assert (said, subjects) == (MAILS, MAILS)


async def notes_of(platform: Any, *errors: str | None) -> list[Note]:
    rows = await platform.rows(
        "select id, due_at from messages where channel = 'email' order by id"
    )
    now = platform.clock.now()
    return [
        Note(row.id, row.due_at, "failed", error, now)
        for row, error in zip(rows, errors, strict=True)
    ]


async def test_a_note_that_the_database_refuses_keeps_no_other_from_being_written(
    platform: Any,
) -> None:
    await waiting(platform, 3)
    notes = Notes(platform.app.state.database, platform.app.state.outbox)
    given = await notes_of(platform, "first", "\0", "third")
    done = await asyncio.gather(*map(notes.write, given), return_exceptions=True)
    assert [type(each) for each in done] == [type(None), DBAPIError, type(None)]
    found = await platform.rows("select error from messages where channel = 'email' order by id")
    assert [row.error for row in found] == ["first", None, "third"]


async def test_who_lost_the_lease_of_a_mail_writes_nothing_down_of_it(platform: Any) -> None:
    await waiting(platform, 2)
    notes = Notes(platform.app.state.database, platform.app.state.outbox)
    mine, lost = await notes_of(platform, "mine", "lost")
    lost = Note(lost.id, lost.lease - timedelta(seconds=1), lost.state, lost.error, lost.at)
    await asyncio.gather(notes.write(mine), notes.write(lost))
    found = await platform.rows(
        "select state, error from messages where channel = 'email' order by id"
    )
    assert [tuple(row) for row in found] == [("failed", "mine"), ("waiting", None)]
