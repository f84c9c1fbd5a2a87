"""The metadata of this database, and columns that its tables share."""

from typing import Any

from sqlalchemy import Column, DateTime, Text
from sqlalchemy.dialects.postgresql import ARRAY
from sqlalchemy.orm import registry
from sqlmodel import Field, SQLModel


class Base(SQLModel, registry=registry()):
    """Metadata of its own: other services have tables of the same names."""

    __abstract__ = True


def moment() -> Any:
    return Field(sa_type=DateTime(timezone=True))


def texts() -> Any:
    return Field(sa_column=Column(ARRAY(Text), nullable=False))
