"""What regions decide for themselves, as every service keeps it: told by `registry.regions`, and
read by rules and by workers. The registry's own table has the same columns."""

from typing import Any
from uuid import UUID

from sqlalchemy import ColumnElement, Integer, func, select
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


def days_decided(
    rows: type[RegionColumns], region: ColumnElement[str], setting: str
) -> ColumnElement[Any]:
    """In SQL, the days that the region of a row has decided, as an interval, for jobs that look
    for what may be due. `setting` is its path, such as `reporting.close_after_days`."""
    own, default = _columns(rows), _default(setting)
    known = select(_number(own.settings, setting)).where(own.region == region).scalar_subquery()
    return func.make_interval(0, 0, 0, func.coalesce(known, default))


def fewest_days_decided(rows: type[RegionColumns], setting: str) -> ColumnElement[Any]:
    """The fewest of all regions: what is younger is due in none, so an index can be asked."""
    least = select(func.min(_number(_columns(rows).settings, setting))).scalar_subquery()
    return func.make_interval(0, 0, 0, func.least(least, _default(setting)))


def _columns(rows: type[RegionColumns]) -> Any:
    return rows.metadata.tables[TABLE].c


def _number(settings: Any, setting: str) -> ColumnElement[int]:
    path = tuple(setting.split("."))
    return func.coalesce(settings[path].astext.cast(Integer), _default(setting))


def _default(setting: str) -> int:
    value: Any = RegionSettings()
    for name in setting.split("."):
        value = value[int(name)] if name.isdigit() else getattr(value, name)
    return int(value)


def settings_in(region: str, row: RegionColumns | None) -> RegionSettings:
    """What a region decides for itself; of one that is not known here, what its country has."""
    return region_settings(region, None if row is None else row.settings)
