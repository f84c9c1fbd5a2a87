"""What is said of an organisation: which facts fit its kind and region, and whose they are."""

from collections.abc import Iterable, Mapping
from typing import Any

from triskel.contracts.codes import HELIX_OF, LEADS, ROLES_IN, Helix, OrganisationKind
from triskel.registry.organisations.refusals import OrganisationNotYours
from triskel.registry.organisations.refusals.facts import (
    AreaOfAnotherRegion,
    FactOfAnotherKind,
    FactOfRegister,
    HeadOnly,
)
from triskel.registry.organisations.rules.organisation import Actor

OF_EDUCATION = ("levels", "pupils", "priority_education")
"""Facts of those who teach."""

OF_REGISTER = (
    "names",
    "levels",
    "sector",
    "address",
    "position",
    "nuts3",
    "pupils",
    "priority_education",
    "public_sector",
)
"""Facts that official registers say: figures are divided by them, and people are found by them."""


def who_may_change(actor: Actor, kind: OrganisationKind) -> OrganisationNotYours | HeadOnly | None:
    """Why this one may not change what is said of an organisation; None when it may."""
    if actor.coordinator:
        return None
    if not actor.own or actor.roles.isdisjoint(ROLES_IN[kind]):
        return OrganisationNotYours()
    return None if LEADS[kind] in actor.roles else HeadOnly()


def check_facts(kind: OrganisationKind, region: str, given: Mapping[str, Any]) -> None:
    """Raises `FactOfAnotherKind` for what such an organisation has not, and `AreaOfAnotherRegion`
    for a code that is not of its region."""
    if HELIX_OF[kind] is not Helix.EDUCATION:
        for field in OF_EDUCATION:
            if given.get(field):
                raise FactOfAnotherKind(kind=kind, name=field, field=field, value=given[field])
    area = given.get("nuts3")
    if area is not None and not area.startswith(region):
        raise AreaOfAnotherRegion(region=region, value=area)


def check_own_facts(actor: Actor, followed: bool, changed: Iterable[str]) -> None:
    """Raises `FactOfRegister` where an organisation would change what its register says of it.
    `followed`: imports follow an identifier of it."""
    if actor.coordinator or not followed:
        return
    official = [field for field in changed if field in OF_REGISTER]
    if official:
        raise FactOfRegister(name=official[0], field=official[0])
