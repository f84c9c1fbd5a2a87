"""Regions: a row for each that has set something."""

from sqlmodel import Field

from triskel.chassis.shapes import Shape
from triskel.registry.database import Table
from triskel.registry.regions.rules import RegionRules


class RegionRow(Table, table=True):
    __tablename__ = "regions"

    region: str = Field(primary_key=True)
    version: int
    sign_within_days: int


REGION = Shape(RegionRules, RegionRow, None, unstored={"region", "version"})
