"""The settings of every service, from environment variables; each service adds its own."""

import sys
from pathlib import Path
from typing import Annotated, Any, Literal, TypeVar

from pydantic import BaseModel, ConfigDict, Field, SecretStr, ValidationError, field_validator
from pydantic_settings import BaseSettings, NoDecode, SettingsConfigDict

from triskel.contracts.codes import Region, Role
from triskel.contracts.people_codes import REGIONAL_ROLES

PREFIX = "TRISKEL_"
EX_CONFIG = 78
"""The exit code of a start with a wrong setting (sysexits.h)."""


def split(value: Any) -> Any:
    """The parts of a list in an environment variable, which has commas between them."""
    return value.split(",") if isinstance(value, str) else value


class TrustedIssuer(BaseModel):
    """An issuer whose tokens are accepted, for callers of these regions. `regional_roles` are those
    beyond one organisation that it may give in them: its coordinators are those of the region."""

    model_config = ConfigDict(frozen=True)

    issuer: str = Field(min_length=1)
    jwks_url: str = Field(pattern=r"^https?://")
    regions: tuple[Region, ...] = Field(min_length=1)
    regional_roles: tuple[Role, ...] = tuple(sorted(REGIONAL_ROLES))


class ServiceSettings(BaseSettings):
    """Environment names are the fields' names with `TRISKEL_` before them."""

    # an empty one is none: a compose file passes on what nobody has set
    model_config = SettingsConfigDict(
        env_prefix=PREFIX, frozen=True, extra="ignore", env_ignore_empty=True
    )

    regions: Annotated[tuple[Region, ...], NoDecode] = Field(
        min_length=1, description="home regions, as NUTS codes with commas between: FRH0,NL"
    )
    database_url: str = Field(pattern=r"^postgresql://", description="this service's own database")
    kafka_bootstrap: str = Field(
        pattern=r"^[^\s,:]+:\d+(,[^\s,:]+:\d+)*$", description="host:port, with commas between"
    )
    issuers: tuple[TrustedIssuer, ...] = Field(
        min_length=1, description='JSON: [{"issuer": …, "jwks_url": …, "regions": ["FRH0"]}]'
    )
    audience: str = "triskel"
    host: str = "127.0.0.1"
    port: int = Field(ge=1, le=65535)
    watch_port: int | None = Field(
        default=None,
        ge=1,
        le=65535,
        description="where /metrics, /docs and /asyncapi are served, and then there alone",
    )
    request_seconds: float = Field(
        default=30,
        gt=0,
        description="within which a request must come, and a second more for each 16 KiB of it",
    )
    replica: str = Field(default="0", pattern=r"^[a-z0-9-]{1,32}$")
    log_level: Literal["debug", "info", "warning", "error"] = "info"
    log_format: Literal["json", "console"] = "json"
    clock_file: Path | None = None
    otlp_endpoint: str | None = None
    max_consecutive_dead_letters: int = Field(
        default=20, ge=1, description="of one partition, before it stops"
    )
    max_dead_letters_share: float = Field(
        default=0.5, gt=0, le=1, description="of a partition's last hundred records"
    )
    membership_seconds: float = Field(
        default=5, gt=0, description="for which a replica may go on with an ended membership"
    )
    time_zone: str = "Europe/Paris"
    cursor_keys: Annotated[
        tuple[Annotated[SecretStr, Field(min_length=32)], ...],
        NoDecode,
        Field(description="the secrets of lists' cursors, the newest first, with commas between"),
    ] = ()

    @property
    def cursor_secrets(self) -> tuple[str, ...]:
        """The secrets of cursors. Without `cursor_keys` they are derived from the database's URL,
        which holds a secret and is the same for every replica."""
        return tuple(key.get_secret_value() for key in self.cursor_keys) or (self.database_url,)

    _split = field_validator("regions", "cursor_keys", mode="before")(split)


Settings = TypeVar("Settings", bound=ServiceSettings)


def load(kind: type[Settings], name: str) -> Settings:
    """The settings of service `name`; exits with code 78 and one readable line if one is wrong."""
    try:
        return kind()
    except ValidationError as error:
        first = error.errors(include_url=False)[0]
        setting = PREFIX + str(first["loc"][0]).upper()
        missing = first["type"] == "missing"
        given = "is missing" if missing else f"is {_shown(setting, first['input'])}"
        field = kind.model_fields.get(str(first["loc"][0]))
        hint = f" ({field.description})" if field and field.description else ""
        rule = "set it" if missing else first["msg"]
        problem = f"{setting} {given}: {rule}{hint}"
    except Exception as error:  # pydantic-settings wraps what JSON parsing raises
        problem = str(error)
    raise refused_start(name, problem)


def refused_start(name: str, problem: str) -> SystemExit:
    """Write one readable line about a wrong setting of service `name`; returns the exit, with code
    78, for the caller to raise."""
    sys.stderr.write(f"triskel {name}: {problem}\n")
    return SystemExit(EX_CONFIG)


def _shown(setting: str, value: Any) -> str:
    """The value for an error message, without secrets: a database URL holds a password."""
    return "not usable" if setting.endswith(("_URL", "_KEYS")) else repr(value)[:120]
