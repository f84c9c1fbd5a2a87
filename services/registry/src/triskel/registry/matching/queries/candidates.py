"""Schools and hosts as matching sees them, read set by set."""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from typing import Any
from uuid import UUID

from pydantic import TypeAdapter
from sqlalchemy import ARRAY, Text, Uuid, bindparam, text
from sqlalchemy.ext.asyncio import AsyncSession

from triskel.contracts.codes import OrganisationKind
from triskel.contracts.distances import box_around
from triskel.registry.matching.rules.fields import fields_of, sectors_of
from triskel.registry.matching.rules.scoring import Candidate, where
from triskel.registry.organisations.rules.organisation import may_be_partner
from triskel.registry.partnerships.rules.state import CARRIED, LIVE
from triskel.registry.waiting_entries.rules import Wishes

MOST_CANDIDATES = 5_000
"""The nearest ones, where there are more: what is farther scores lower anyway."""
_WISHES = TypeAdapter(Wishes)

SHOWN = """not exists (
    select from host_responsiveness as h where h.id = o.id and h.hidden_since is not null)"""
"""Not hidden for not answering; asked so that the planner need not guess how many are."""

# Who may never be suggested has no place here: not approved, closed, hidden for not answering.
_FROM = """
    select o.id, o.kind, o.latitude, o.longitude, o.sites, o.levels, o.sector,
        o.partnership_capacity as capacity, w.wishes, w.remaining, w.since,
        array(select jsonb_object_keys(o.names)) as languages,
        r.answered / nullif(r.answered + r.unanswered, 0)::double precision as answer_rate,
        r.median_hours,
        (select count(*) from partnerships as p where p.company_id = o.id
            and p.school_year = :school_year and p.state = any (:carried)) as carried
    from organisations as o
    left join waiting_entries as w
        on w.organisation_id = o.id and w.school_year = :school_year and w.state = 'open'
    left join host_responsiveness as r on r.id = o.id
    where o.status = 'approved' and o.open
"""
_THESE = text(f"{_FROM} and o.id = any (:ids)").bindparams(bindparam("ids", type_=ARRAY(Uuid)))
_KINDS = bindparam("kinds", type_=ARRAY(Text))
_OTHERS = f"""
    {_FROM} and o.region = :region and o.kind = any (:kinds) and {SHOWN}
        and (w.id is not null or not :waiting)
"""
_ANYWHERE = text(f"{_OTHERS} order by o.id limit :most").bindparams(_KINDS)
_AROUND = text(
    f"""
    {_OTHERS} and (o.latitude between :south and :north and o.longitude between :west and :east
            or o.latitude is null or o.sites <> '[]')
    order by o.sites = '[]', (o.latitude - :latitude) ^ 2
        + ((o.longitude - :longitude) * cos(radians(:latitude))) ^ 2 nulls last, o.id
    limit :most
    """
).bindparams(_KINDS)
_PARTNERS = text(
    """
    select school_id, company_id from partnerships
    where school_id = any (:ids) and school_year = :school_year and state = any (:live)
    union
    select school_id, company_id from partnerships
    where company_id = any (:ids) and school_year = :school_year and state = any (:live)
    """
).bindparams(bindparam("ids", type_=ARRAY(Uuid)), bindparam("live", type_=ARRAY(Text)))

SCHOOLS = (OrganisationKind.SCHOOL,)
HOSTS = tuple(kind for kind in OrganisationKind if may_be_partner(kind))


async def these(
    session: AsyncSession, ids: Iterable[UUID], school_year: str
) -> dict[UUID, Candidate]:
    """Those of these organisations that may be matched."""
    values = {"ids": list(ids), "school_year": school_year, "carried": sorted(CARRIED)}
    return {row.id: _candidate(row) for row in await session.execute(_THESE, values)}


@dataclass(frozen=True)
class Sought:
    """Candidates of a region; with `around` those in a box of that reach, those whose place is
    unknown, and those with sites. With `waiting` those on the waiting list alone."""

    region: str
    kinds: Sequence[OrganisationKind]
    school_year: str
    waiting: bool = False
    around: Candidate | None = None
    reach_km: float = 0


async def others(session: AsyncSession, sought: Sought) -> list[Candidate]:
    values: dict[str, Any] = {
        "region": sought.region,
        "kinds": sorted(sought.kinds),
        "school_year": sought.school_year,
        "carried": sorted(CARRIED),
        "waiting": sought.waiting,
        "most": MOST_CANDIDATES,
    }
    places = where(sought.around) if sought.around else ()
    if not places:
        return [_candidate(row) for row in await session.execute(_ANYWHERE, values)]
    boxes = [(at, box_around(at[0], sought.reach_km)) for at in places]
    values |= {
        "latitude": places[0][0],
        "longitude": places[0][1],
        "south": min(latitude - high for (latitude, _), (high, _) in boxes),
        "north": max(latitude + high for (latitude, _), (high, _) in boxes),
        "west": min(longitude - wide for (_, longitude), (_, wide) in boxes),
        "east": max(longitude + wide for (_, longitude), (_, wide) in boxes),
    }
    return [_candidate(row) for row in await session.execute(_AROUND, values)]


async def partners_of(
    session: AsyncSession, ids: Iterable[UUID], school_year: str
) -> set[tuple[UUID, UUID]]:
    """(school, company) of the live partnerships of these: they need not be brought together."""
    values = {"ids": list(ids), "school_year": school_year, "live": sorted(LIVE)}
    return {(row.school_id, row.company_id) for row in await session.execute(_PARTNERS, values)}


def _candidate(row: Any) -> Candidate:
    wishes = _WISHES.validate_python(row.wishes or {})
    school = row.kind == OrganisationKind.SCHOOL
    left, places = _places(row, wishes, school)
    return Candidate(
        id=row.id,
        latitude=row.latitude,
        longitude=row.longitude,
        sites=tuple(
            (at["latitude"], at["longitude"]) for site in row.sites if (at := site.get("position"))
        ),
        reach_km=wishes.max_distance_km,
        # what a school teaches is what it wants; what a host is taught says nothing of its guests
        levels=frozenset(wishes.levels or (row.levels if school else ())),
        subjects=frozenset(wishes.subjects) | (frozenset() if school else fields_of(row.sector)),
        sectors=frozenset(wishes.sectors) if school else sectors_of(row.sector),
        languages=frozenset(wishes.languages or row.languages),
        formats=frozenset(wishes.formats),
        places=places,
        left=left,
        answer_rate=row.answer_rate,
        median_hours=row.median_hours,
        since=row.since,
    )


def _places(row: Any, wishes: Wishes, school: bool) -> tuple[int | None, int | None]:
    """How many more and of how many: the smaller of what it carries and what it waits for."""
    known = []
    if row.capacity is not None and not school:
        known.append((max(0, row.capacity - row.carried), row.capacity))
    if row.remaining is not None:
        known.append((row.remaining, wishes.partners))
    return min(known, default=(None, None))
