"""What is sent to and answered by `/v1/regions`."""

from typing import Annotated, Any, Literal, Self

from pydantic import ConfigDict, Field

from triskel.chassis.http import example
from triskel.chassis.http.values import Lines, MonthAndDay, OneLine, TimeZone
from triskel.contracts import registry as contract
from triskel.contracts.codes import ActivityFormat
from triskel.registry.regions.actions import ACTIONS
from triskel.registry.regions.rules import RegionAttempt
from triskel.registry.regions.tables import REGION


class GivenLimits(contract.FormatLimits):
    model_config = ConfigDict(extra="forbid")


class GivenPeriods(contract.RetentionPeriods):
    model_config = ConfigDict(extra="forbid")


class GivenArticle(contract.AgreementArticle):
    model_config = ConfigDict(extra="forbid")

    title: Annotated[str, OneLine(longest=120)]
    text: Annotated[str, Lines(longest=4000)]


GivenArticles = Annotated[tuple[GivenArticle, ...], Field(max_length=30)]


class GivenSettings(contract.RegionSettings):
    """What is left out stays; of `formats` and `retention` each part that is left out."""

    # a body is compiled when the routes are, unlike what events have
    model_config = ConfigDict(
        defer_build=False,
        **example(
            activity_answer_days=10,
            requests_without_partner=True,
            formats={"company-visit": {"confirmation_days": 3, "cancellation_days": 21}},
            retention={"messages_months": 9},
        ),
    )

    time_zone: TimeZone = "UTC"
    school_year_starts: MonthAndDay = "09-01"
    formats: dict[ActivityFormat, GivenLimits] = Field(default={})  # type: ignore[assignment]  # it forbids more

    articles: dict[Literal["fr", "en"], GivenArticles] = Field(default={})  # type: ignore[assignment]  # it forbids more

    retention: GivenPeriods = GivenPeriods()

    def given(self) -> dict[str, Any]:
        given = {name: getattr(self, name) for name in self.model_fields_set}
        if "retention" in given:
            given["retention"] = self.retention.model_dump(exclude_unset=True)
        return given


class RegionAnswer(contract.RegionState):
    """Every setting, those too that the region has from its country, and what may be done now."""

    allowed_actions: tuple[str, ...]

    @classmethod
    def of(cls, attempt: RegionAttempt) -> Self:
        allowed = ACTIONS.allowed(attempt)
        return REGION.answer(cls, attempt.subject, allowed_actions=allowed)
