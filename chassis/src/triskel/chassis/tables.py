"""What the tables of all services share: their base, and columns of the kinds that come again.

Each service has a base of its own (`class Table(Base, registry=registry())`), so that two services
may have tables of the same name in one process.
"""

from typing import TYPE_CHECKING, Any, ClassVar

from sqlalchemy import Column, DateTime, Table, Text
from sqlalchemy.dialects.postgresql import ARRAY, JSONB
from sqlalchemy.orm.attributes import set_attribute
from sqlmodel import Field, SQLModel


class TableBase(SQLModel):
    """In statements a column is `sqlmodel.col(PartnershipRow.state)`, typed as SQLAlchemy's columns
    are; `PartnershipRow.__table__.c` are all of them, by name."""

    __abstract__ = True

    if TYPE_CHECKING:
        # SQLAlchemy gives it to each mapped class; SQLModel does not say so
        __table__: ClassVar[Table]

    def __setattr__(self, name: str, value: Any) -> None:
        """As SQLModel does, but for columns without pydantic, which checks nothing of a table and
        would take as long as SQLAlchemy again."""
        if name in self.__pydantic_fields__:
            set_attribute(self, name, value)
        else:
            super().__setattr__(name, value)


def nothing_yet() -> list[Any]:
    """An empty list. Pydantic looks at a factory's signature with each row, which costs 0.3 ms for
    `list` itself and nothing for a function."""
    return []


def moment(**options: Any) -> Any:
    """A point in time; PostgreSQL keeps it in UTC and gives it back with a zone."""
    return Field(sa_type=DateTime(timezone=True), **options)


def texts(**options: Any) -> Any:
    """Texts in an order; empty rather than null."""
    return Field(sa_column=Column(ARRAY(Text), nullable=False), **options)


def coded() -> Any:
    """A code of `triskel.contracts.codes`, stored as its text."""
    return Field(sa_type=Text)


def document(**options: Any) -> Any:
    """A JSON document that is always there."""
    return Field(sa_column=Column(JSONB, nullable=False), **options)


def optional_document(**options: Any) -> Any:
    """A JSON document, or null of SQL, never of JSON."""
    return Field(sa_column=Column(JSONB(none_as_null=True)), **options)
