"""What every event is: a fact in the past that carries its aggregate's whole public state."""

import re
from typing import ClassVar, Self
from uuid import UUID

from pydantic import BaseModel, ConfigDict, Field

from triskel.contracts.codes import Region

_WORD = re.compile(r"(?<=[a-z0-9])(?=[A-Z])")
_VERSION = re.compile(r"V(\d+)$")


class Part(BaseModel):
    """A value inside an event. Readers ignore fields that they do not know; an error never repeats
    what it was given, which may be somebody's name."""

    # a service says and hears few of all events: each is compiled at its first use, not at start
    model_config = ConfigDict(
        defer_build=True,
        frozen=True,
        extra="ignore",
        hide_input_in_errors=True,
        allow_inf_nan=False,
    )


class Aggregate(Part):
    """The public state of one thing that has an identity, a home region and a version.

    `version` starts at 1 and rises by one with each change; readers keep the highest.
    `region` is the home region, the single writer.
    """

    id: UUID
    region: Region
    version: int = Field(ge=1)


class Event(Part):
    """A fact. Its type is its class name: `OrganisationApproved` of the registry is
    `triskel.registry.organisation-approved.v1`; a breaking change is a class `…V2` beside it.
    """

    owner: ClassVar[str] = ""
    topic: ClassVar[str] = ""

    @classmethod
    def name_and_version(cls) -> tuple[str, int]:
        version = _VERSION.search(cls.__name__)
        name = _VERSION.sub("", cls.__name__)
        return _WORD.sub("-", name).lower(), int(version.group(1)) if version else 1

    @classmethod
    def event_type(cls) -> str:
        name, version = cls.name_and_version()
        return f"triskel.{cls.owner}.{name}.v{version}"

    @classmethod
    def dataschema(cls) -> str:
        name, version = cls.name_and_version()
        return f"urn:triskel:schema:{cls.owner}:{name}:v{version}"

    @property
    def aggregate(self) -> Aggregate:
        """The aggregate's state after the change."""
        raise NotImplementedError

    @classmethod
    def from_json(cls, value: bytes) -> Self:
        return cls.model_validate_json(value)
