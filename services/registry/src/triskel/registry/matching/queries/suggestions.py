"""Who fits whom: for one organisation, and for everybody on a waiting list."""

import asyncio
from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass
from uuid import UUID

from triskel.chassis.commands import Context
from triskel.contracts.codes import Side
from triskel.contracts.registry import RegionSettings
from triskel.registry.matching.queries.candidates import (
    HOSTS,
    SCHOOLS,
    Sought,
    others,
    partners_of,
    these,
)
from triskel.registry.matching.refusals import OneOrganisation, TakesNoMore, WrongSide
from triskel.registry.matching.rules.scoring import Fit, Weights, best_hosts, best_schools
from triskel.registry.organisations.commands import ORGANISATIONS
from triskel.registry.organisations.rules.organisation import unfit
from triskel.registry.regions.queries import settings_of
from triskel.registry.waiting_entries.queries import speaks_for
from triskel.registry.waiting_entries.rules import check_year, side_of

FARTHEST_KM = 500.0
"""The longest distance that anybody may wish for."""


def weights_of(settings: RegionSettings) -> Weights:
    """A region's."""
    matching = settings.matching
    return Weights(**matching.weights.model_dump(), usual_reach_km=matching.reach_km)


@dataclass(frozen=True)
class SuggestionsWanted:
    """The best partners of one school or one company, at most so many. `waiting`: only those on
    the waiting list of that year."""

    school_year: str
    school_id: UUID | None
    company_id: UUID | None
    waiting: bool
    most: int


async def suggestions(context: Context, wanted: SuggestionsWanted) -> tuple[Weights, list[Fit]]:
    """With the weights of the organisation's region. The best first, in that region. Raises
    `Invalid` for what is asked, `Forbidden` for another's, and `Conflict` for one that may not take
    on anything new, or a host that is full."""
    session, year = context.session, wanted.school_year
    asked = wanted.school_id or wanted.company_id
    if asked is None or (wanted.school_id and wanted.company_id):
        raise OneOrganisation(value=str(wanted.school_id) if wanted.school_id else None)
    organisation = await ORGANISATIONS.get(session, asked)
    side = side_of(organisation.kind)
    if (side is Side.SCHOOL) != (wanted.school_id is not None):
        raise WrongSide(field="school_id" if wanted.school_id else "company_id", value=str(asked))
    if not speaks_for(context.caller, asked, side):
        context.caller.require_organisation(organisation.region)
    settings = await settings_of(session, organisation.region)
    check_year(year, settings, context.now)
    if refused := unfit("id", asked, organisation.status, organisation.open):
        raise refused
    own = (await these(session, [asked], year)).get(asked)
    if own is None or own.left == 0:
        raise TakesNoMore(school_year=year, value=organisation.partnership_capacity)
    sought = Sought(
        organisation.region,
        HOSTS if side is Side.SCHOOL else SCHOOLS,
        year,
        waiting=wanted.waiting,
        around=own,
        # who says nothing goes as far as the other one does
        reach_km=own.reach_km or FARTHEST_KM,
    )
    found = await others(session, sought)
    known = await partners_of(session, [asked], year)
    partners = {each for pair in known for each in pair}
    new = [each for each in found if each.id not in partners]
    weights = weights_of(settings)
    if side is Side.SCHOOL:
        return weights, best_hosts([own], new, weights, wanted.most)[asked]
    return weights, best_schools(own, new, weights, wanted.most)


async def for_schools(
    context: Context, schools: Sequence[UUID], school_year: str, most: int
) -> tuple[Weights, dict[UUID, list[Fit]]]:
    """With the weights of the caller's region. The best hosts in it of each of these schools; a
    school that may not be matched is not among them."""
    session = context.session
    weights = weights_of(await settings_of(session, context.caller.region))
    own = await these(session, schools, school_year)
    hosts = await others(session, Sought(context.caller.region, HOSTS, school_year))
    known = await partners_of(session, schools, school_year)
    partners = Counter(school for school, _ in known)
    more = most + max(partners.values(), default=0)
    # a page of schools and all hosts of a region: the service answers others meanwhile
    found = await asyncio.to_thread(best_hosts, list(own.values()), hosts, weights, more)
    return weights, {
        school: [fit for fit in fits if (school, fit.host.id) not in known][:most]
        for school, fits in found.items()
    }
