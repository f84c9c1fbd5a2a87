"""The registry's environment."""

from pydantic import Field

from triskel.chassis.settings import ServiceSettings


class Settings(ServiceSettings):
    port: int = Field(default=8101, ge=1, le=65535)
