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
    """Those that are left out stay."""

    model_config = ConfigDict(extra="forbid")

    confirmation_days: int = Field(default=0, ge=0, le=60)
    cancellation_days: int = Field(default=0, ge=0, le=180)
    longest_hours: int = Field(default=1, ge=1, le=8784)


class GivenReporting(contract.ReportingLimits):
    model_config = ConfigDict(extra="forbid")


class GivenAnswers(contract.AnswerLimits):
    model_config = ConfigDict(extra="forbid")


class GivenPlaces(contract.PlaceLimits):
    model_config = ConfigDict(extra="forbid")


class GivenRegistrations(contract.RegistrationLimits):
    model_config = ConfigDict(extra="forbid")


class GivenChallenges(contract.ChallengeLimits):
    model_config = ConfigDict(extra="forbid")


class GivenResearch(contract.ResearchLimits):
    model_config = ConfigDict(extra="forbid")


class GivenMeetings(contract.MeetingLimits):
    model_config = ConfigDict(extra="forbid")


class GivenWeights(contract.MatchingWeights):
    model_config = ConfigDict(extra="forbid")


class GivenMatching(contract.MatchingLimits):
    model_config = ConfigDict(extra="forbid")

    weights: GivenWeights = GivenWeights()


class GivenPeriods(contract.RetentionPeriods):
    model_config = ConfigDict(extra="forbid")


class GivenArticle(contract.AgreementArticle):
    model_config = ConfigDict(extra="forbid")

    title: Annotated[str, OneLine(longest=120)]
    text: Annotated[str, Lines(longest=4000)]


GivenArticles = Annotated[tuple[GivenArticle, ...], Field(max_length=30)]


class GivenSettings(contract.RegionSettings):
    """What is left out stays, in every group too; articles are set anew, all of them."""

    # a body is compiled when the routes are, unlike what events have
    model_config = ConfigDict(
        defer_build=False,
        **example(
            activity_answer_days=10,
            requests_without_partner=True,
            formats={"company-visit": {"confirmation_days": 3, "cancellation_days": 21}},
            places={"hold_hours": 24},
            retention={"messages_months": 9},
        ),
    )

    time_zone: TimeZone = "UTC"
    school_year_starts: MonthAndDay = "09-01"
    formats: dict[ActivityFormat, GivenLimits] = Field(default={})  # type: ignore[assignment]  # it forbids more

    articles: dict[Literal["fr", "en"], GivenArticles] = Field(default={})  # type: ignore[assignment]  # it forbids more

    reporting: GivenReporting = GivenReporting()
    answers: GivenAnswers = GivenAnswers()
    places: GivenPlaces = GivenPlaces()
    registrations: GivenRegistrations = GivenRegistrations()
    challenges: GivenChallenges = GivenChallenges()
    research: GivenResearch = GivenResearch()
    meetings: GivenMeetings = GivenMeetings()
    matching: GivenMatching = GivenMatching()
    retention: GivenPeriods = GivenPeriods()

    def given(self) -> dict[str, Any]:
        return self.model_dump(exclude_unset=True)


class RegionAnswer(contract.RegionState):
    """Every setting, those too that the region has from its country, and what may be done now."""

    allowed_actions: tuple[str, ...]

    @classmethod
    def of(cls, attempt: RegionAttempt) -> Self:
        allowed = ACTIONS.allowed(attempt)
        return REGION.answer(cls, attempt.subject, allowed_actions=allowed)
