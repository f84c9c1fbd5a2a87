"""The metrics service's environment."""

from pydantic import Field

from triskel.chassis.settings import ServiceSettings


class Settings(ServiceSettings):
    port: int = Field(default=8104, ge=1, le=65535)
    gauges_every_seconds: float = Field(
        default=15.0, gt=0, description="how often the Prometheus gauges are computed anew"
    )
