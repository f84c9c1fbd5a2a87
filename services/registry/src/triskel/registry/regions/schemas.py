"""What is sent to and answered by `/v1/regions`."""

from dataclasses import asdict
from typing import Self

from pydantic import BaseModel, Field

from triskel.chassis.http import example
from triskel.registry.regions.rules import (
    LONGEST_SIGN_WITHIN_DAYS,
    SIGN_WITHIN_DAYS,
    RegionRules,
)


class GivenRegion(BaseModel):
    """All that a region sets; what is left out is as it is where nothing is set."""

    model_config = example(sign_within_days=45)

    sign_within_days: int = Field(
        default=SIGN_WITHIN_DAYS,
        ge=1,
        le=LONGEST_SIGN_WITHIN_DAYS,
        description="days from acceptance to the last signature of a partnership",
    )

    def to_domain(self) -> RegionRules:
        return RegionRules(**self.model_dump())


class RegionAnswer(BaseModel):
    """What holds in a region. `version` is 0 where nothing was set."""

    region: str
    version: int
    sign_within_days: int

    @classmethod
    def of(cls, region: str, rules: RegionRules, version: int) -> Self:
        return cls(region=region, version=version, **asdict(rules))
