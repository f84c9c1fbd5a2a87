"""Regions: one row for each home region."""

from triskel.chassis.regions import RegionColumns
from triskel.chassis.shapes import Shape
from triskel.contracts import registry as contract
from triskel.registry.database import Table
from triskel.registry.regions.rules import Region


class RegionRow(RegionColumns, Table, table=True):
    """What a home region has decided: other services have a projection of the same columns."""


REGION = Shape(Region, RegionRow, contract.RegionState)
