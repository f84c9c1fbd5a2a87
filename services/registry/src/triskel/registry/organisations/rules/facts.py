"""What is said of an organisation: which facts fit its kind and region, and whose they are."""

from collections.abc import Iterable, Mapping
from typing import Any, Literal, get_args
from uuid import UUID

from triskel.chassis.actions import Actor
from triskel.contracts.codes import OrganisationKind, Side
from triskel.contracts.people_codes import LEADS, ROLES_IN
from triskel.registry.organisations.refusals import OrganisationNotYours
from triskel.registry.organisations.refusals.facts import (
    FactOfRegister,
    HeadOnly,
)

Followed = Literal[
    "names",
    "levels",
    "sector",
    "address",
    "position",
    "nuts3",
    "pupils",
    "priority_education",
    "public_sector",
    "partnership_capacity",
]
FOLLOWED: tuple[str, ...] = get_args(Followed)
"""What imports set, and people do: what people have set stays."""

OF_REGISTER = tuple(name for name in FOLLOWED if name != "partnership_capacity")
"""Facts that official registers say: figures are divided by them, and people are found by them."""


NOTHING: tuple[Any, ...] = (None, "", (), [], {})
"""What says nothing; no and zero say something."""


def filled(known: Mapping[str, Any], given: Mapping[str, Any]) -> dict[str, Any]:
    """What a row says, over what is known: an empty cell never erases a value. Of names and of an
    address the parts that are given take their places, and the others stay."""
    found = {}
    for name, value in given.items():
        if isinstance(value, Mapping):
            parts = {part: cell for part, cell in value.items() if cell not in NOTHING}
            value = {**(known.get(name) or {}), **parts} if parts else None
        if value not in NOTHING:
            found[name] = value
    return found


def refusal_to_change(
    actor: Actor, organisation_id: UUID, kind: OrganisationKind
) -> OrganisationNotYours | HeadOnly | None:
    """Why this one may not change what is said of an organisation; None when it may."""
    if Side.COORDINATOR in actor.sides:
        return None
    if actor.organisation != organisation_id or actor.roles.isdisjoint(ROLES_IN[kind]):
        return OrganisationNotYours()
    return None if LEADS[kind] in actor.roles else HeadOnly()


def refusal_of_register(changed: Iterable[str]) -> FactOfRegister | None:
    """Why an organisation that is in a register does not change these itself; None when it may."""
    official = [field for field in changed if field in OF_REGISTER]
    return FactOfRegister(name=official[0], field=official[0]) if official else None
