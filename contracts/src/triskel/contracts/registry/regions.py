"""What the registry says of regions: the rules that each sets for itself."""

from collections.abc import Mapping
from datetime import date, timedelta
from typing import Annotated, Any, ClassVar
from uuid import NAMESPACE_URL, UUID, uuid5

from pydantic import Field, StringConstraints

from triskel.contracts.codes import ActivityFormat, Language, Role, TimeZone
from triskel.contracts.days import zone_of
from triskel.contracts.event import Aggregate, Event, Part

MonthAndDay = Annotated[str, StringConstraints(pattern=r"^(0[1-9]|1[0-2])-(0[1-9]|1[0-9]|2[0-8])$")]
"""`09-01`; the 28th of a month at the latest, which every month has."""


class FormatLimits(Part):
    """Days before an activity of one format begins: from `cancellation_days` on a cancellation is
    late; `confirmation_days` before it is the last moment to confirm."""

    confirmation_days: int = Field(ge=0, le=60)
    cancellation_days: int = Field(ge=0, le=180)


_F = ActivityFormat
STANDARD_LIMITS: dict[ActivityFormat, FormatLimits] = {
    kind: FormatLimits(confirmation_days=confirmation, cancellation_days=cancellation)
    for kind, confirmation, cancellation in (
        (_F.INNOVATION_CHALLENGE, 7, 30),
        (_F.GUEST_LESSON, 1, 7),
        (_F.COMPANY_VISIT, 2, 15),
        (_F.RESEARCH_WORK, 7, 30),
        (_F.TEACHER_MASTERCLASS, 2, 15),
        (_F.PARENTS_DAY, 2, 15),
        (_F.TASK_FORCE_MEETING, 7, 30),
    )
}
"""Those of a region that has said nothing."""


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

    contacts_months: int = Field(default=36, ge=12, le=120)
    contacts_warning_days: int = Field(default=30, ge=14, le=60)
    closed_years: int = Field(default=5, ge=1, le=30)
    messages_months: int = Field(default=12, ge=3, le=60)


class RegionSettings(Part):
    """What a region decides for itself; whatever it has not decided has the value given here.

    `school_year_starts` is the first day of its school year, which lasts until the day before it in
    the next year. The answer days are what a proposal leaves the other side when it says nothing
    else; `sign_within_days` after a partnership was accepted it is signed by all, or it is over.
    `requests_without_partner`: a school asks for an offer also where no partnership joins it
    to the company, unless the offer says otherwise. `masterclasses_by_coordinator`: the coordinator
    says yes before a company's masterclass is open to teachers. `articles`: what agreements say
    between their goals and their signatures, by language; of a language without any those of the
    template. `retention`: for how long is kept what is over.
    """

    time_zone: TimeZone = "UTC"
    school_year_starts: MonthAndDay = "09-01"
    formats: dict[ActivityFormat, FormatLimits] = STANDARD_LIMITS
    activity_answer_days: int = Field(default=14, ge=1, le=60)
    partnership_answer_days: int = Field(default=30, ge=1, le=90)
    sign_within_days: int = Field(default=60, ge=1, le=365)
    requests_without_partner: bool = False
    masterclasses_by_coordinator: bool = False
    articles: dict[Language, tuple[AgreementArticle, ...]] = Field(default={})
    retention: RetentionPeriods = RetentionPeriods()

    def limits(self, format: ActivityFormat) -> FormatLimits:
        return self.formats.get(format, STANDARD_LIMITS[format])

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
