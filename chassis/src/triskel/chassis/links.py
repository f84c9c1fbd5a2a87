"""Encrypts the tokens of links in mails between the service that makes them and the one that sends
the mails, so that nobody can use one that is found in a topic, its backups or its mirrors."""

from typing import Annotated
from uuid import UUID

from pydantic import Field, SecretStr, field_validator
from pydantic_settings import NoDecode

from triskel.chassis.sealing import Seals
from triskel.chassis.settings import ServiceSettings, split


class SealedLinks:
    """Encrypts a token for one contact; for another contact it cannot be decrypted."""

    def __init__(self, secrets: tuple[str, ...]) -> None:
        self._seals = Seals("links", secrets)

    def seal(self, token: str, contact: UUID) -> str:
        return self._seals.seal(token.encode(), contact.bytes)

    def open(self, sealed: str, contact: UUID) -> str:
        """Raises `ValueError` for what none of the secrets has sealed for this contact: a token in
        clear from before tokens were sealed, or one of a secret that is gone."""
        return self._seals.open(sealed, contact.bytes).decode()


class LinkSettings(ServiceSettings):
    """Settings of a service that encrypts or decrypts tokens of links. All such services have the
    same secrets."""

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
