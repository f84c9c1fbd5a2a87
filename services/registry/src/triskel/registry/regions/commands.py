"""What a region has set: read it, and set it."""

from sqlalchemy.dialects.postgresql import insert
from sqlalchemy.ext.asyncio import AsyncSession

from triskel.chassis.versions import Seen, check_version
from triskel.registry.regions.rules import RegionRules
from triskel.registry.regions.tables import REGION, RegionRow

_UNSET = 0
"""The version of what nobody has set."""


async def rules_of(session: AsyncSession, region: str) -> tuple[RegionRules, int]:
    """What holds in a region, with its version; 0 where nothing was set."""
    row = await session.get(RegionRow, region)
    return (RegionRules(), _UNSET) if row is None else (REGION.to_domain(row), row.version)


async def set_rules(
    session: AsyncSession, region: str, rules: RegionRules, seen: Seen | None
) -> int:
    """Set all of it; what was set before is changed by who has seen it. Returns the version."""
    columns = REGION.to_columns(rules)
    # of two who set it first at once the second waits here
    first = insert(RegionRow).values(region=region, version=_UNSET, **columns)
    await session.execute(first.on_conflict_do_nothing())
    row = await session.get(RegionRow, region, with_for_update=True, populate_existing=True)
    assert row is not None
    if row.version != _UNSET or seen is not None:
        check_version(seen, row.version)
    for name, value in columns.items():
        setattr(row, name, value)
    row.version += 1
    return row.version
