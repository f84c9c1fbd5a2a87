"""What the metrics service says: official figures, as reference facts that anyone may check."""

from typing import ClassVar

from pydantic import Field

from triskel.contracts.codes import IdentifierScheme, Isced, SchoolYear
from triskel.contracts.event import Aggregate, Event, Part


class SexCount(Part):
    girls: int = Field(ge=0)
    boys: int = Field(ge=0)


class ReferenceFigure(Aggregate):
    """One official file's figures for one school and school year.

    `id` is the UUIDv5 of (dataset, school, year), so that a repeated import says the same thing.
    `area` is the territory as the file names it
    (a French département, a Dutch municipality).
    """

    dataset: str
    source: str = Field(description="publisher and licence, to be shown beside the figure")
    country: str = Field(pattern=r"^[A-Z]{2}$")
    school_scheme: IdentifierScheme
    school_code: str
    school_year: SchoolYear
    level: Isced
    area: str | None = None


class SpecialityChoices(ReferenceFigure):
    """Première générale: pupils, and choices by four-digit speciality code, by sex."""

    pupils: SexCount
    choices: dict[str, SexCount]


class Enrolment(ReferenceFigure):
    """Pupils of one level, by sex."""

    pupils: SexCount


class ReferenceEvent(Event):
    owner: ClassVar[str] = "metrics"
    topic: ClassVar[str] = "metrics.reference"


class SpecialityChoicesPublished(ReferenceEvent):
    """The ministry published which specialities the pupils of a lycée chose."""

    figure: SpecialityChoices

    @property
    def aggregate(self) -> SpecialityChoices:
        return self.figure


class EnrolmentPublished(ReferenceEvent):
    """The ministry published a school's enrolment by sex."""

    figure: Enrolment

    @property
    def aggregate(self) -> Enrolment:
        return self.figure
