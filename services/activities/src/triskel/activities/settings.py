"""The activities service's environment."""

from pydantic import Field

from triskel.chassis.settings import ServiceSettings


class Settings(ServiceSettings):
    port: int = Field(default=8102, ge=1, le=65535)
    close_after_days: int = Field(default=30, ge=1, le=365)
    place_answer_hours: int = Field(default=48, ge=1, le=336)
