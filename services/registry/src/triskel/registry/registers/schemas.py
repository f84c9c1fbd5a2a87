"""What is sent to and answered by `/v1/registers`."""

from collections.abc import Mapping
from datetime import datetime
from typing import Annotated, Literal, Self
from uuid import UUID

from pydantic import BaseModel, Field

from triskel.chassis.http import example
from triskel.chassis.http.values import OneLine
from triskel.registry.imports.schemas import MOST_CLOSED, Dataset, Failure, Report
from triskel.registry.imports.tables import ImportRow
from triskel.registry.registers.tables import RegisterRow

Source = Annotated[
    str,
    OneLine(longest=2000, pattern=r"^(https://|file:)\S+$"),
    Field(
        description="an https URL on the public net, or a file in the directory that this "
        "deployment has for them",
    ),
]
MostClosed = Annotated[
    int | None,
    Field(
        ge=0,
        le=MOST_CLOSED,
        description="the file is the whole register of the areas that it names: schools that it "
        "lacks are closed, if they are no more than this; null: none is closed",
    ),
]
Hour = Annotated[int, Field(ge=0, le=23, description="local hour from which it is looked at")]


class NewRegister(BaseModel):
    model_config = example(
        dataset="fr-annuaire",
        source="https://data.education.example/annuaire-ille-et-vilaine.csv",
        max_closed=15,
        hour=3,
    )

    dataset: Dataset
    source: Source
    max_closed: MostClosed = None
    hour: Hour = 3


class RegisterChanges(BaseModel):
    model_config = example(max_closed=40, hour=4)

    dataset: Dataset | None = None
    source: Source | None = None
    max_closed: MostClosed = None
    hour: Hour | None = None


class Register(BaseModel):
    """A register, what the last look at it found, and how the last import from it went."""

    id: UUID
    version: int
    region: str
    dataset: str
    source: str
    max_closed: int | None
    hour: int
    next_at: datetime
    looked_at: datetime | None
    found: Literal["imported", "unchanged", "failed"] | None
    failure: Failure | None
    last_import: Report | None

    @classmethod
    def of(cls, row: RegisterRow, imports: Mapping[UUID, ImportRow]) -> Self:
        last_import = Report.of(imports[row.import_id]) if row.import_id else None
        return cls(**row.model_dump(), last_import=last_import)
