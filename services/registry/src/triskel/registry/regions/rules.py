"""What a region decides for itself, and who may change it."""

from collections.abc import Mapping
from dataclasses import dataclass, replace
from typing import Any
from uuid import UUID
from zoneinfo import available_timezones

from triskel.chassis.actions import Attempt, Change
from triskel.contracts import registry as contract
from triskel.contracts.codes import Side
from triskel.registry.regions.refusals import (
    NothingCounts,
    RegionNotYours,
    ReminderAfterClosing,
    SettingsUnchanged,
    TimeZoneUnknown,
)


@dataclass(frozen=True)
class Region:
    """`region` is its code; the settings are the contract's, which every service reads."""

    id: UUID
    region: str
    version: int
    settings: contract.RegionSettings

    @property
    def state(self) -> str:
        """A region is never closed."""
        return "open"


RegionAttempt = Attempt[Region, None]


def opened(region: str) -> Change[Region]:
    """One that is at home here from now on, with the settings that its country has."""
    settings = contract.region_settings(region)
    return Change(Region(contract.region_id(region), region, 1, settings), contract.RegionOpened)


def its_coordinator(attempt: RegionAttempt) -> RegionNotYours | None:
    return None if Side.COORDINATOR in attempt.actor.sides else RegionNotYours()


def change(attempt: RegionAttempt, given: Mapping[str, Any]) -> Change[Region]:
    """Some of its settings; of each group what is given. Raises `Invalid` for what does not fit,
    and `SettingsUnchanged` for what they are already."""
    region = attempt.subject
    if "time_zone" in given:
        check_time_zone(given["time_zone"])
    merged = _merged(region.settings.model_dump(), given)
    settings = contract.RegionSettings.model_validate(merged)
    check_reminders(settings.reporting)
    if not any(settings.matching.weights.model_dump().values()):
        raise NothingCounts
    if settings == region.settings:
        raise SettingsUnchanged
    changed = replace(region, version=region.version + 1, settings=settings)
    return Change(changed, contract.RegionSettingsChanged)


def _merged(known: Mapping[str, Any], given: Mapping[str, Any]) -> dict[str, Any]:
    """What is left out stays; articles are set anew, all of them."""
    return {**known} | {
        name: _merged(known[name], value)
        if isinstance(value, Mapping) and name != "articles"
        else value
        for name, value in given.items()
    }


def check_reminders(reporting: contract.ReportingLimits) -> None:
    """Raises `ReminderAfterClosing`."""
    last, closing = max(reporting.reminder_days), reporting.close_after_days
    if last >= closing:
        raise ReminderAfterClosing(days=closing, reminder=last, value=last)


def check_time_zone(name: str) -> None:
    """Raises `TimeZoneUnknown`."""
    if name not in available_timezones():
        raise TimeZoneUnknown(value=name)
