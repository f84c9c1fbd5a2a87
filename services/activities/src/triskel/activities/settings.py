"""The activities service's environment."""

from pathlib import Path

from pydantic import Field

from triskel.chassis.settings import ServiceSettings


class Settings(ServiceSettings):
    port: int = Field(default=8102, ge=1, le=65535)
    badge_key_file: Path | None = Field(
        default=None, description="PEM: the RSA key that signs certificates, then earlier ones"
    )
    badge_issuer: str = Field(default="Triskel", min_length=1, max_length=200)
    public_url: str | None = Field(
        default=None,
        pattern=r"^https?://[^\s?#]+$",
        description="where everybody reaches this service: it stands in certificates and links",
    )
