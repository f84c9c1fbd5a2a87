"""Tokens of links on their way, from the service that makes them to the one that mails them: a
topic's readers, its backups and its mirrors see them sealed."""

from typing import Annotated
from uuid import UUID

from pydantic import Field, SecretStr, field_validator
from pydantic_settings import NoDecode

from triskel.chassis.sealing import Seals
from triskel.chassis.settings import ServiceSettings, split


class SealedLinks:
    """A token belongs to one contact, and opens for no other."""

    def __init__(self, secrets: tuple[str, ...]) -> None:
        self._seals = Seals("links", secrets)

    def seal(self, token: str, contact: UUID) -> str:
        return self._seals.seal(token.encode(), contact.bytes)

    def open(self, sealed: str, contact: UUID) -> str:
        """Raises `ValueError` for what none of the secrets has sealed for this contact: a token in
        clear from before tokens were sealed, or one of a secret that is gone."""
        return self._seals.open(sealed, contact.bytes).decode()


class LinkSettings(ServiceSettings):
    """Of a service that seals or opens links' tokens; all of them have the same secrets."""

    link_keys: Annotated[
        tuple[Annotated[SecretStr, Field(min_length=32)], ...],
        NoDecode,
        Field(
            min_length=1,
            description="the secrets that links' tokens are sealed with, of 32 characters or more, "
            "the newest first, with commas between; registry and notifications have the same",
        ),
    ]

    @property
    def links(self) -> SealedLinks:
        return SealedLinks(tuple(key.get_secret_value() for key in self.link_keys))

    _split_links = field_validator("link_keys", mode="before")(split)
