"""Who fits whom, and why: suggestions for one organisation and for a whole waiting list."""

from typing import Annotated

from fastapi import Query

from triskel.chassis.http import Page, Router
from triskel.chassis.http.actions import Asked
from triskel.chassis.http.paging import Cursor
from triskel.chassis.paging import PageRequest
from triskel.contracts.codes import Side
from triskel.contracts.registry_codes import WaitingState
from triskel.registry.matching.queries.suggestions import for_schools, suggestions
from triskel.registry.matching.routes.callers import Coordinator, Member
from triskel.registry.matching.rules.scoring import CRITERIA
from triskel.registry.matching.schemas import (
    Suggestion,
    Suggestions,
    WaitingSchool,
    WantedSuggestions,
    Year,
)
from triskel.registry.waiting_entries.queries import EntryFilter, search

HostsShown = Annotated[int, Query(alias="suggestions", ge=1, le=10, description="for each school")]

router = Router(prefix="/v1/matching", tags=["matching"])


@router.get("/suggestions", summary="The partners that fit one organisation best")
async def suggest(caller: Member, context: Asked, wanted: WantedSuggestions) -> Suggestions:
    """Give the school or the company. A host that is suspended, closed, full or hidden because it
    does not answer is never suggested, and nobody who is a partner of that year already. How much
    counts what, `matching.weights` of the region says, and how far is too far where neither side
    does, `matching.reach_km`."""
    weights, fits = await suggestions(context, wanted)
    for_school = wanted.school_id is not None
    items = [Suggestion.of(fit, weights, for_school=for_school) for fit in fits]
    counting = {name: getattr(weights, name) for name in CRITERIA}
    return Suggestions(school_year=wanted.school_year, weights=counting, items=items)


@router.get("/waiting-schools", summary="The waiting list of schools with the hosts that fit best")
async def show_waiting_schools(
    caller: Coordinator,
    context: Asked,
    school_year: Year,
    most: Annotated[
        int, Query(alias="suggestions", ge=1, le=10, description="for each school")
    ] = 3,
    limit: Annotated[int, Query(ge=1, le=100, description="rows a page")] = 25,
    cursor: Cursor = None,
) -> Page[WaitingSchool]:
    """The longest waiting first."""
    wanted = EntryFilter(Side.SCHOOL, school_year, WaitingState.OPEN)
    page = PageRequest(limit, cursor)
    entries, following = await search(context.session, caller, wanted, page)
    schools = [entry.organisation_id for entry in entries]
    weights, found = await for_schools(context, schools, school_year, most)
    items = [
        WaitingSchool(
            entry_id=entry.id,
            school_id=entry.organisation_id,
            since=entry.since,
            remaining=entry.remaining,
            suggestions=[
                Suggestion.of(fit, weights, for_school=True)
                for fit in found.get(entry.organisation_id, ())
            ],
        )
        for entry in entries
    ]
    return Page(items=items, next=following)
