"""Who fits whom: for one organisation, and for everybody on a waiting list."""

import asyncio
from collections import Counter
from collections.abc import Sequence
from uuid import UUID

from sqlalchemy.ext.asyncio import AsyncSession

from triskel.contracts.codes import OrganisationKind, OrganisationStatus
from triskel.registry.matching.queries import HOSTS, SCHOOLS, others, partners_of, these
from triskel.registry.matching.refusals import TakesNoMore
from triskel.registry.matching.rules.scoring import Fit, Weights, best_hosts, best_schools
from triskel.registry.organisations.rules.organisation import unfit
from triskel.registry.organisations.tables import OrganisationRow

FARTHEST_KM = 500.0
"""The longest distance that anybody may wish for."""


async def suggestions(
    session: AsyncSession,
    organisation: OrganisationRow,
    school_year: str,
    weights: Weights,
    *,
    waiting: bool,
    most: int,
) -> list[Fit]:
    """The best partners of one organisation in its region, the best first. Raises `Conflict` for
    one that may not take on anything new, or a host that is full."""
    number, status = organisation.id, OrganisationStatus(organisation.status)
    if refused := unfit("id", number, status, organisation.open):
        raise refused
    own = (await these(session, [number], school_year)).get(number)
    if own is None or own.left == 0:
        raise TakesNoMore(school_year=school_year, value=organisation.partnership_capacity)
    school = organisation.kind == OrganisationKind.SCHOOL
    found = await others(
        session,
        organisation.region,
        HOSTS if school else SCHOOLS,
        school_year,
        waiting=waiting,
        around=own,
        # who says nothing goes as far as the other one does
        reach_km=own.reach_km or FARTHEST_KM,
    )
    known = await partners_of(session, [number], school_year)
    partners = {each for pair in known for each in pair}
    new = [each for each in found if each.id not in partners]
    if school:
        return best_hosts([own], new, weights, most)[number]
    return best_schools(own, new, weights, most)


async def for_schools(
    session: AsyncSession,
    region: str,
    schools: Sequence[UUID],
    school_year: str,
    weights: Weights,
    most: int,
) -> dict[UUID, list[Fit]]:
    """The best hosts of each of these schools; a school that may not be matched is not in it."""
    own = await these(session, schools, school_year)
    hosts = await others(session, region, HOSTS, school_year, waiting=False)
    known = await partners_of(session, schools, school_year)
    partners = Counter(school for school, _ in known)
    more = most + max(partners.values(), default=0)
    # a page of schools and all hosts of a region: the service answers others meanwhile
    found = await asyncio.to_thread(best_hosts, list(own.values()), hosts, weights, more)
    return {
        school: [fit for fit in fits if (school, fit.host.id) not in known][:most]
        for school, fits in found.items()
    }
