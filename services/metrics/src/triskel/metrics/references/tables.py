"""Which figures this service said."""

from uuid import UUID

from sqlmodel import Field

from triskel.metrics.database import Table


class PublishedFigureRow(Table, table=True):
    """What this service said on metrics.reference, so that a repeated import says nothing. Not a
    projection: the versions of these aggregates are made here."""

    __tablename__ = "published_figures"

    id: UUID = Field(primary_key=True)
    version: int
    digest: str
