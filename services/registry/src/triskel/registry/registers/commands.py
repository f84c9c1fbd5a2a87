"""Registers are configured, changed and removed by the coordinator, and looked at when asked.

They are settings, which are read and set anew: they have no states and no events.
"""

from collections.abc import Mapping
from typing import Any
from uuid import UUID
from zoneinfo import ZoneInfo

from uuid_utils.compat import uuid7

from triskel.chassis.commands import Context
from triskel.chassis.versions import Seen, check_version
from triskel.registry.organisations.refusals import ValueMissing
from triskel.registry.registers.queries import get
from triskel.registry.registers.rules import check_source, next_night
from triskel.registry.registers.tables import RegisterRow


def _check_source(context: Context, source: str) -> None:
    check_source(source, files=context.settings.registers_dir is not None)


def _wait_for_night(context: Context, row: RegisterRow) -> None:
    row.next_at = next_night(context.now, row.hour, ZoneInfo(context.settings.time_zone))


async def configure(context: Context, region: str, given: Mapping[str, Any]) -> RegisterRow:
    """From the next night on. Raises `Invalid` for a source that may not be read."""
    _check_source(context, given["source"])
    row = RegisterRow(id=uuid7(), version=1, region=region, **given)
    _wait_for_night(context, row)
    context.session.add(row)
    return row


async def change(
    context: Context, register_id: UUID, seen: Seen | None, given: Mapping[str, Any]
) -> RegisterRow:
    """Other settings; `given` has new values by name. What is imported otherwise is imported anew.
    Raises what `get` raises, what is said of a version that was not seen, `ValueMissing`, and
    `Invalid` for a source that may not be read."""
    row = await get(context, register_id, lock=True)
    check_version(seen, row.version)
    if empty := next((name for name in given.keys() - {"max_closed"} if given[name] is None), None):
        raise ValueMissing(name=empty, field=empty)
    if all(getattr(row, name) == value for name, value in given.items()):
        return row
    _check_source(context, given.get("source", row.source))
    for name, value in given.items():
        setattr(row, name, value)
    row.version += 1
    _wait_for_night(context, row)
    if given.keys() - {"hour"}:
        row.digest = row.etag = row.last_modified = None
    return row


async def look(context: Context, register_id: UUID) -> RegisterRow:
    """Now and not at night. Raises what `get` raises."""
    row = await get(context, register_id, lock=True)
    row.next_at = context.now
    return row


async def remove(context: Context, register_id: UUID, seen: Seen | None) -> None:
    """What it brought stays. Raises what `get` raises, and what is said of a version that was not
    seen."""
    row = await get(context, register_id, lock=True)
    check_version(seen, row.version)
    await context.session.delete(row)
