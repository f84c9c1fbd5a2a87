"""Regions: one row for each home region."""

from typing import Any
from uuid import UUID

from sqlmodel import Field

from triskel.chassis.shapes import Shape
from triskel.chassis.tables import document
from triskel.contracts import registry as contract
from triskel.registry.database import Table
from triskel.registry.regions.rules import Region


class RegionRow(Table, table=True):
    __tablename__ = "regions"

    id: UUID = Field(primary_key=True)
    version: int
    region: str
    settings: dict[str, Any] = document()


REGION = Shape(Region, RegionRow, contract.RegionState)
