"""Who may call the routes of matching."""

from typing import Annotated

from triskel.chassis.auth import Caller, allow
from triskel.contracts.codes import Role

COORDINATORS = allow(Role.COORDINATOR)
MEMBERS = allow(Role.COORDINATOR, Role.HEAD, Role.TEACHER, Role.COMPANY)
Coordinator = Annotated[Caller, COORDINATORS]
Member = Annotated[Caller, MEMBERS]
Reader = Annotated[
    Caller, allow(Role.COORDINATOR, Role.HEAD, Role.TEACHER, Role.COMPANY, Role.AUTHORITY)
]
