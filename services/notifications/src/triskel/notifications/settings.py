"""The notifications service's environment."""

from email.utils import parseaddr
from typing import Literal
from urllib.parse import unquote, urlsplit

from pydantic import Field, field_validator

from triskel.chassis.links import LinkSettings

_PORTS = {"smtp": 25, "smtp+starttls": 587, "smtps": 465}


class SmtpServer:
    """`smtp://`, `smtp+starttls://` or `smtps://`, with user and password where needed."""

    def __init__(self, url: str) -> None:
        parts = urlsplit(url)
        self.host = parts.hostname or ""
        self.port = parts.port or _PORTS[parts.scheme]
        self.user = unquote(parts.username) if parts.username else None
        self.password = unquote(parts.password) if parts.password else None
        self.tls: Literal["none", "starttls", "tls"] = "none"
        if parts.scheme != "smtp":
            self.tls = "tls" if parts.scheme == "smtps" else "starttls"


class Settings(LinkSettings):
    port: int = Field(default=8103, ge=1, le=65535)
    smtp_url: str = Field(
        pattern=r"^smtp(s|\+starttls)?://[^\s/]+$",
        description="smtp://host:port, smtp+starttls://user:password@host:587 or smtps://…",
    )
    mail_from: str = Field(description="the sender: Triskel Bretagne <triskel@example.org>")
    public_url: str | None = Field(
        default=None,
        pattern=r"^https?://",
        description="where people see an activity: its kind and id are put behind it",
    )
    registry_url: str = Field(
        default="http://127.0.0.1:8101",
        pattern=r"^https?://",
        description="where people reach the registry's page /confirm from their mail",
    )
    news_for_days: int = Field(
        default=7,
        ge=1,
        le=400,
        description="older events are not told any more, after a rebuild say; messages are kept "
        "longer than that, whatever their region says, by which nothing goes twice",
    )

    @field_validator("mail_from")
    @classmethod
    def _address(cls, value: str) -> str:
        if "@" not in parseaddr(value)[1]:
            raise ValueError("it must hold an address: Name <name@domain.tld>")
        return value

    @field_validator("smtp_url")
    @classmethod
    def _server(cls, value: str) -> str:
        SmtpServer(value)  # raises ValueError for a port that is no number
        return value
