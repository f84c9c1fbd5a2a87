"""The registry's environment."""

from pydantic import DirectoryPath, Field

from triskel.chassis.settings import ServiceSettings


class Settings(ServiceSettings):
    port: int = Field(default=8101, ge=1, le=65535)
    quiet_school_weeks: int = Field(
        default=8, ge=1, le=52, description="school time without a delivered activity: at risk"
    )
    hidden_after_in_a_row: int = Field(
        default=3, ge=1, le=100, description="unanswered requests that hide a host from schools"
    )
    hidden_after_in_all: int = Field(
        default=6, ge=1, le=1000, description="the same, within a year and not in a row"
    )
    registers_dir: DirectoryPath | None = Field(
        default=None,
        description="where files of nightly registers lie; without it only https URLs are read",
    )
