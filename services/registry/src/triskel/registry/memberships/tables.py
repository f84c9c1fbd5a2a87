"""Who may act for which organisation. Every service has a table of this name; the registry's is the
one that is decided on, and knows when."""

from datetime import datetime

from triskel.chassis.memberships import FOREIGN_TABLE, MembershipColumns
from triskel.chassis.shapes import Shape
from triskel.chassis.tables import moment
from triskel.contracts import registry as contract
from triskel.registry.database import Table
from triskel.registry.memberships.rules import Membership


class MembershipRow(MembershipColumns, Table, table=True):
    """A person has one of an organisation that has not ended: the index `memberships_once`."""

    at: datetime = moment()
    decided_at: datetime | None = moment()


class ForeignMembershipRow(MembershipColumns, Table, table=True):
    """Whom the registries of other regions call members of their organisations; nobody decides on
    it here."""

    __tablename__ = FOREIGN_TABLE


MEMBERSHIP = Shape(Membership, MembershipRow, contract.Membership, untold={"at", "decided_at"})
