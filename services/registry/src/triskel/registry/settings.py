"""The registry's environment."""

from typing import Self

from pydantic import BaseModel, ConfigDict, DirectoryPath, Field, model_validator

from triskel.chassis.links import LinkSettings


class MatchingWeights(BaseModel):
    """How much each criterion counts in a score of matching, against the others.

    Distance first, because transport is what most visits fail by; then what both sides want to do;
    then whether the host answers and has places. Languages and formats decide between equals.
    """

    model_config = ConfigDict(frozen=True, extra="forbid")

    distance: float = Field(default=25, ge=0, le=1000)
    levels: float = Field(default=20, ge=0, le=1000)
    subjects: float = Field(default=20, ge=0, le=1000)
    capacity: float = Field(default=10, ge=0, le=1000)
    responsiveness: float = Field(default=15, ge=0, le=1000)
    languages: float = Field(default=5, ge=0, le=1000)
    formats: float = Field(default=5, ge=0, le=1000)

    @model_validator(mode="after")
    def _something_counts(self) -> Self:
        if not any(self.model_dump().values()):
            raise ValueError("at least one criterion must have a weight above 0")
        return self


class Settings(LinkSettings):
    port: int = Field(default=8101, ge=1, le=65535)
    registers_dir: DirectoryPath | None = Field(
        default=None,
        description="where files of nightly registers lie; without it only https URLs are read",
    )
    matching_weights: MatchingWeights = Field(
        default=MatchingWeights(),
        description='JSON: {"distance": 25, …}; what is left out keeps its weight',
    )
