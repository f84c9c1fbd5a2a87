"""People: personal data, erasable."""

from uuid import UUID

from sqlmodel import Field

from triskel.registry.tables.columns import Base, texts


class ContactRow(Base, table=True):
    __tablename__ = "contacts"

    id: UUID = Field(primary_key=True)
    version: int
    region: str
    organisation_id: UUID = Field(foreign_key="organisations.id")
    name: str
    email: str
    roles: list[str] = texts()
    language: str
    channels: list[str] = texts()
    confirmed: bool
