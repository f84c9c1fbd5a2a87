"""What the registry says of regions: the rules that each sets for itself."""

from collections.abc import Mapping
from typing import Any, ClassVar
from uuid import NAMESPACE_URL, UUID, uuid5

from triskel.contracts.codes import Role
from triskel.contracts.days import zone_of
from triskel.contracts.event import Aggregate, Event
from triskel.contracts.registry.settings import RegionSettings

_SCHOOL_YEARS = {
    "DK": "08-01",  # Folkeskoleloven, § 14 a
    "ES": "09-01",  # Ley Orgánica 2/2006, disposición adicional quinta
    "FR": "09-01",  # Code de l'éducation, article L521-1
    "NL": "08-01",  # Wet op het primair onderwijs, artikel 1
}


def region_settings(region: str, decided: Mapping[str, Any] | None = None) -> RegionSettings:
    """What a region has `decided`, as it was stored; of one of which nothing is known but its code,
    what its country has."""
    if decided is not None:
        return RegionSettings.model_validate(decided)
    return RegionSettings(
        time_zone=zone_of(region), school_year_starts=_SCHOOL_YEARS.get(region[:2], "09-01")
    )


def region_id(region: str) -> UUID:
    """The same wherever it is made: nobody describes a region twice."""
    return uuid5(NAMESPACE_URL, f"urn:triskel:region:{region}")


class RegionState(Aggregate):
    """A region, which is what `region` names. The id is made of its code."""

    settings: RegionSettings


class RegionEvent(Event):
    owner: ClassVar[str] = "registry"
    topic: ClassVar[str] = "registry.regions"

    region: RegionState
    by: Role

    @property
    def aggregate(self) -> RegionState:
        return self.region


class RegionOpened(RegionEvent):
    """A deployment is its home from now on; it has the settings that its country has."""


class RegionSettingsChanged(RegionEvent):
    """Its coordinator changed what it decides for itself."""
