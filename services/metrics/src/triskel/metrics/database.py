"""The base of this service's tables: metadata of its own."""

from sqlalchemy.orm import registry

from triskel.chassis.tables import TableBase


class Table(TableBase, registry=registry()):
    """Metadata of its own: other services have tables of the same names."""

    __abstract__ = True
