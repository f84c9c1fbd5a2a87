"""For which organisation a person acts: their membership says it, never a claim of their token."""

import time
from collections.abc import Callable, Sequence
from dataclasses import dataclass, replace
from uuid import UUID

from sqlalchemy import text

from triskel.chassis.auth.callers import Caller
from triskel.chassis.database import Database
from triskel.chassis.headers import ORGANISATION_HEADER
from triskel.contracts.codes import Role
from triskel.contracts.people_codes import REGIONAL_ROLES, ROLE_OF_MEMBER, MemberRole
from triskel.contracts.refusals import Forbidden, Malformed

REMEMBER_PEOPLE = 10_000

_OF_PERSON = """
    select m.organisation_id, m.region, m.roles, m.contact_id from {table} as m
    where m.person = :person and m.state = 'active' and not exists (
        select from organisations as o where o.id = m.organisation_id and o.region <> m.region
    )
"""
"""A region says who acts for its own organisations: what it says of another's counts for nothing,
whichever of the two came first. Every service knows of organisations in which region they are."""


class OrganisationNotChosen(Malformed):
    """Who belongs to several organisations says for which one they act."""

    field = ORGANISATION_HEADER
    en = "You belong to {count} organisations: say in Triskel-Organisation for which one you act."
    fr = (
        "Vous appartenez à {count} organisations : indiquez dans Triskel-Organisation pour "
        "laquelle vous agissez."
    )


class OrganisationMalformed(Malformed):
    """An organisation is named by its id."""

    field = ORGANISATION_HEADER
    en = "Triskel-Organisation is the id of an organisation, a UUID."
    fr = "Triskel-Organisation est l'identifiant d'une organisation, un UUID."


class NotAMember(Forbidden):
    """People act for organisations that they are members of. An approval or an end is known to
    every service within seconds."""

    field = ORGANISATION_HEADER
    en = "You are no member of this organisation, or not yet: whoever leads it approves members."
    fr = "Vous n'êtes pas (ou pas encore) membre de cette organisation : sa direction approuve."


@dataclass(frozen=True)
class Belonging:
    """An organisation that a person may act for, and in which roles."""

    organisation_id: UUID
    region: str
    roles: frozenset[MemberRole]
    contact_id: UUID | None

    @property
    def calls_as(self) -> frozenset[Role]:
        """The roles of routes that these are."""
        found = (ROLE_OF_MEMBER[role] for role in self.roles)
        return frozenset(role for role in found if role is not None)


class Memberships:
    """What this service knows of memberships, kept for `seconds` for each person: so long an ended
    one may still count in a replica that has just read it. A missing one is asked for anew.
    `tables` are where they stand."""

    def __init__(
        self,
        database: Database,
        seconds: float,
        tables: Sequence[str],
        clock: Callable[[], float] = time.monotonic,
    ) -> None:
        self._database = database
        self._seconds = seconds
        self._clock = clock
        parts = [_OF_PERSON.format(table=table) for table in tables]
        self._of_person = text(f"{' union all '.join(parts)} order by organisation_id")
        self._known: dict[str, tuple[float, tuple[Belonging, ...]]] = {}

    async def acting(self, caller: Caller, wanted: str | None) -> Caller:
        """The caller as a member of the organisation that they act for. `wanted` is the header.

        Who has a role in the region acts in it, unless they choose an organisation; who has one
        membership need not choose; who has none acts for nobody. Raises `OrganisationNotChosen`,
        `OrganisationMalformed` and `NotAMember`.
        """
        if wanted is not None:
            return _as_member(caller, await self._chosen(caller, wanted))
        if caller.is_(*REGIONAL_ROLES):
            return caller
        found = await self.of(caller)
        if len(found) > 1:
            raise OrganisationNotChosen(count=len(found))
        return _as_member(caller, found[0]) if found else caller

    async def of(self, caller: Caller) -> Sequence[Belonging]:
        """The organisations of the token's region that this person may act for."""
        until, found = self._known.get(caller.pseudonym, (0.0, ()))
        if self._clock() >= until or not found:
            return await self.read(caller)
        return _of_region(found, caller)

    async def read(self, caller: Caller) -> Sequence[Belonging]:
        """The same as it is now, and remembered."""
        found = tuple(
            Belonging(organisation_id, region, frozenset(map(MemberRole, roles)), contact_id)
            for organisation_id, region, roles, contact_id in await self._database.look(
                self._of_person, {"person": caller.pseudonym}
            )
        )
        if len(self._known) >= REMEMBER_PEOPLE:
            self._known.clear()
        self._known[caller.pseudonym] = (self._clock() + self._seconds, found)
        return _of_region(found, caller)

    async def _chosen(self, caller: Caller, wanted: str) -> Belonging:
        try:
            organisation_id = UUID(wanted)
        except ValueError:
            raise OrganisationMalformed from None
        for look in (self.of, self.read):
            for each in await look(caller):
                if each.organisation_id == organisation_id:
                    return each
        raise NotAMember(value=str(organisation_id))


def _of_region(found: Sequence[Belonging], caller: Caller) -> Sequence[Belonging]:
    """An issuer speaks for its own regions: a token of another region's is no member here."""
    return [each for each in found if each.region == caller.region]


def _as_member(caller: Caller, own: Belonging) -> Caller:
    return replace(
        caller,
        roles=(caller.roles & REGIONAL_ROLES) | own.calls_as,
        organisation=own.organisation_id,
        contact=own.contact_id,
    )
