"""What regions decide for themselves, as every service keeps it: told by `registry.regions`, and
read by rules and by workers. The registry's own table has the same columns."""

from typing import Any
from uuid import UUID

from sqlalchemy.dialects.postgresql import JSONB
from sqlmodel import Field, SQLModel

from triskel.chassis.consumer import Projection
from triskel.contracts.registry import RegionSettings, RegionState, region_settings

TABLE = "regions"

REGIONS = Projection(TABLE, RegionState, "region", "settings")


class RegionColumns(SQLModel):
    """What a service's table has: `class RegionRow(RegionColumns, Table, table=True)`. `settings`
    are those of the contract."""

    __tablename__ = TABLE

    id: UUID = Field(primary_key=True)
    version: int
    region: str
    settings: dict[str, Any] = Field(sa_type=JSONB, nullable=False)


def settings_in(region: str, row: RegionColumns | None) -> RegionSettings:
    """What a region decides for itself; of one that is not known here, what its country has."""
    return region_settings(region, None if row is None else row.settings)
