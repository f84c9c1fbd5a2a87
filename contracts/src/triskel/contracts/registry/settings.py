"""What a region decides for itself: each setting with its bounds, its meaning and today's value.

A new setting is one optional field here and the rule that asks for it; what was stored, or told,
before there was one has its default. `docs/reference/settings.md` is made from these models.
"""

from datetime import date, timedelta
from typing import Annotated, Self

from pydantic import AfterValidator, Field, StringConstraints, model_validator

from triskel.contracts.codes import ActivityFormat, Language, TimeZone
from triskel.contracts.event import Part

MonthAndDay = Annotated[str, StringConstraints(pattern=r"^(0[1-9]|1[0-2])-(0[1-9]|1[0-9]|2[0-8])$")]
"""`09-01`; the 28th of a month at the latest, which every month has."""


class FormatLimits(Part):
    """Of activities of one format; null: as long as the format lasts where nobody decided."""

    confirmation_days: int = Field(
        ge=0, le=60, description="days before it begins until which the head may confirm it"
    )
    cancellation_days: int = Field(
        ge=0, le=180, description="days before it begins from which a cancellation is late"
    )
    longest_hours: int | None = Field(
        default=None, ge=1, le=8784, description="hours that it lasts at most, from start to end"
    )


_F = ActivityFormat
STANDARD_LIMITS: dict[ActivityFormat, FormatLimits] = {
    kind: FormatLimits(
        confirmation_days=confirmation, cancellation_days=cancellation, longest_hours=longest
    )
    for kind, confirmation, cancellation, longest in (
        (_F.INNOVATION_CHALLENGE, 7, 30, 120 * 24),
        (_F.GUEST_LESSON, 1, 7, 4),
        (_F.COMPANY_VISIT, 2, 15, 24),
        (_F.RESEARCH_WORK, 7, 30, 240 * 24),
        (_F.TEACHER_MASTERCLASS, 2, 15, 3 * 24),
        (_F.PARENTS_DAY, 2, 15, 24),
        (_F.TASK_FORCE_MEETING, 7, 30, 4 * 24),
    )
}
"""Those of a region that has said nothing."""


def _rising(days: tuple[int, ...]) -> tuple[int, ...]:
    if list(days) != sorted(set(days)):
        raise ValueError("each stage is later than the one before")
    return days


class ReportingLimits(Part):
    """Of reports on what took place; days are counted where it took place."""

    reminder_days: Annotated[
        tuple[Annotated[int, Field(ge=1, le=180)], ...], AfterValidator(_rising)
    ] = Field(
        default=(1, 7, 14),
        min_length=1,
        max_length=6,
        description="days after its end on which who must report it is reminded, once each; on "
        "the last the coordinator hears of it, too",
    )
    correction_hours: int = Field(
        default=48, ge=1, le=720, description="hours after its end for putting a report right"
    )
    close_after_days: int = Field(
        default=30,
        ge=1,
        le=365,
        description="days after its end without a report, or after its report without an "
        "evaluation, until it closes by itself",
    )


class AnswerLimits(Part):
    """Of how hosts answer what schools ask of them."""

    least_school_days: int = Field(
        default=2, ge=0, le=10, description="school days that every request leaves for an answer"
    )
    counted_days: int = Field(
        default=365, ge=30, le=1096, description="days for which a request counts"
    )
    hidden_after_in_a_row: int = Field(
        default=3,
        ge=1,
        le=100,
        description="schools left unanswered since the last answer that hide a host from schools",
    )
    hidden_after_in_all: int = Field(
        default=6,
        ge=1,
        le=1000,
        description="the same of all that counts, where nothing was answered since the last",
    )


class PlaceLimits(Part):
    """Of places in an activity, and of who takes them."""

    hold_hours: int = Field(
        default=48,
        ge=1,
        le=336,
        description="hours for which an offered place is held; those of days without school do "
        "not count",
    )
    pupils_per_adult: int = Field(
        default=15,
        ge=1,
        le=50,
        description="pupils for each adult, of a visit whose host says nothing else",
    )
    bookings: int = Field(
        default=200, ge=1, le=200, description="classes or teachers that book or wait at once"
    )


class RegistrationLimits(Part):
    """Of one registration of a family for a parents' day."""

    adults: int = Field(default=10, ge=1, le=50, description="adults of one family at most")
    children: int = Field(default=10, ge=0, le=50, description="children of one family at most")


class ChallengeLimits(Part):
    """Of innovation challenges."""

    teams: int = Field(default=40, ge=2, le=40, description="teams of one challenge")
    deliverables: int = Field(default=5, ge=1, le=10, description="deliverables of one team")


class ResearchLimits(Part):
    """Of research works."""

    session_hours: int = Field(default=10, ge=1, le=24, description="hours that a session lasts")


class MeetingLimits(Part):
    """Of task-force meetings."""

    action_items: int = Field(default=50, ge=1, le=50, description="action items of one meeting")


class MatchingWeights(Part):
    """How much each criterion counts in a score of matching, against the others.

    Distance first, because transport is what most visits fail by; then what both sides want to do;
    then whether the host answers and has places. Languages and formats decide between equals.
    """

    distance: float = Field(default=25, ge=0, le=1000, description="weight of how near they are")
    levels: float = Field(default=20, ge=0, le=1000, description="weight of the levels taught")
    subjects: float = Field(default=20, ge=0, le=1000, description="weight of subjects and sectors")
    capacity: float = Field(default=10, ge=0, le=1000, description="weight of places left")
    responsiveness: float = Field(
        default=15, ge=0, le=1000, description="weight of how the host answers"
    )
    languages: float = Field(default=5, ge=0, le=1000, description="weight of common languages")
    formats: float = Field(default=5, ge=0, le=1000, description="weight of wished formats")


class MatchingLimits(Part):
    """Of bringing schools and hosts together."""

    reach_km: int = Field(
        default=60, ge=1, le=500, description="kilometres that are too far where neither side says"
    )
    ranking_hours: int = Field(
        default=1, ge=1, le=24, description="hours that a round leaves for ranking at least"
    )
    ranking_days: int = Field(
        default=90, ge=2, le=180, description="days that a round leaves for ranking at most"
    )
    weights: MatchingWeights = MatchingWeights()


class AgreementArticle(Part):
    """One article of the agreements of partnerships; each line of its text is a paragraph."""

    title: str
    text: str


class RetentionPeriods(Part):
    """For how long a region keeps what is no longer needed; a worker of each service obeys.

    `contacts_months` after the last sign of life of a person and of their organisation the person
    is told by mail, and erased `contacts_warning_days` later unless they answer: three years, as
    the CNIL has it for contacts in its référentiel on commercial activities (délibération
    2021-131), a month's notice before. `closed_years` after a thing was closed what people wrote
    to each other about it, rankings and the lines of reports are deleted: five years, in which
    claims can be brought (Code civil, article 2224). `messages_months` after it was made a mail or
    an entry of an inbox is deleted, and after its end a family's registration: a year, the longest
    that the CNIL recommends for logs (délibération 2021-122).
    """

    contacts_months: int = Field(
        default=36, ge=12, le=120, description="months without a sign of life of a contact"
    )
    contacts_warning_days: int = Field(
        default=30, ge=14, le=60, description="days between its announcement and the erasure"
    )
    closed_years: int = Field(
        default=5, ge=1, le=30, description="years for which is kept what was written on what ended"
    )
    messages_months: int = Field(
        default=12, ge=3, le=60, description="months for which messages are kept"
    )


class RegionSettings(Part):
    """What a region decides for itself; whatever it has not decided has the value given here."""

    time_zone: TimeZone = Field(default="UTC", description="an IANA name: its days are counted in")
    school_year_starts: MonthAndDay = Field(
        default="09-01", description="first day of its school year, until the day before it"
    )
    formats: dict[ActivityFormat, FormatLimits] = Field(
        default=STANDARD_LIMITS, description="limits of each format of activities"
    )
    activity_answer_days: int = Field(
        default=14,
        ge=1,
        le=60,
        description="days to answer a proposed activity that says nothing else",
    )
    partnership_answer_days: int = Field(
        default=30,
        ge=1,
        le=90,
        description="days to answer a proposed partnership that says nothing else",
    )
    contact_answer_days: int = Field(
        default=14, ge=1, le=60, description="days for which an invitation, or a claim, waits"
    )
    sign_within_days: int = Field(
        default=60,
        ge=1,
        le=365,
        description="days after its acceptance until which a partnership is signed by all, or over",
    )
    quiet_school_weeks: int = Field(
        default=8,
        ge=1,
        le=52,
        description="weeks of school without a delivered activity that put a partnership at risk",
    )
    requests_without_partner: bool = Field(
        default=False,
        description="a school asks from an offer also where no partnership joins it to the host, "
        "unless the offer says otherwise",
    )
    masterclasses_by_coordinator: bool = Field(
        default=False,
        description="the coordinator says yes before a company's masterclass is open to teachers",
    )
    reporting: ReportingLimits = ReportingLimits()
    answers: AnswerLimits = AnswerLimits()
    places: PlaceLimits = PlaceLimits()
    registrations: RegistrationLimits = RegistrationLimits()
    challenges: ChallengeLimits = ChallengeLimits()
    research: ResearchLimits = ResearchLimits()
    meetings: MeetingLimits = MeetingLimits()
    matching: MatchingLimits = MatchingLimits()
    articles: dict[Language, tuple[AgreementArticle, ...]] = Field(
        default={},
        description="what agreements say between their goals and their signatures, by language; "
        "of a language without any those of the template",
    )
    retention: RetentionPeriods = RetentionPeriods()

    @model_validator(mode="after")
    def _whole(self) -> Self:
        """Every format has all its limits, whatever was known when they were stored."""
        whole = {kind: self.limits(kind) for kind in STANDARD_LIMITS}
        if whole != self.formats:
            object.__setattr__(self, "formats", whole)
        return self

    def limits(self, format: ActivityFormat) -> FormatLimits:
        """Those of one format, of which the region need not have decided each."""
        standard = STANDARD_LIMITS[format]
        known = self.formats.get(format, standard)
        if known.longest_hours is None:
            return known.model_copy(update={"longest_hours": standard.longest_hours})
        return known

    def longest(self, format: ActivityFormat) -> timedelta:
        """How long an activity of one format lasts at most."""
        hours = self.limits(format).longest_hours
        assert hours is not None
        return timedelta(hours=hours)

    def school_year_of(self, day: date) -> str:
        """The school year that a day is counted to, such as `2025-2026`."""
        first = day.year if f"{day:%m-%d}" >= self.school_year_starts else day.year - 1
        return f"{first}-{first + 1}"

    def days_of(self, school_year: str) -> tuple[date, date]:
        """The first and the last day that are counted to it."""
        first, following = (
            date.fromisoformat(f"{year}-{self.school_year_starts}")
            for year in school_year.split("-")
        )
        return first, following - timedelta(days=1)
