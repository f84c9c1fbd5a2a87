"""The registry's environment."""

from pydantic import DirectoryPath, Field

from triskel.chassis.links import LinkSettings


class Settings(LinkSettings):
    port: int = Field(default=8101, ge=1, le=65535)
    registers_dir: DirectoryPath | None = Field(
        default=None,
        description="where files of nightly registers lie; without it only https URLs are read",
    )
