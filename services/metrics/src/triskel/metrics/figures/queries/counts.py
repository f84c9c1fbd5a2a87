"""The counting: one statement for each family of figures, over one region and school year."""

from collections.abc import Mapping
from typing import Any

from sqlalchemy import RowMapping, text
from sqlalchemy.ext.asyncio import AsyncSession

from triskel.metrics.figures.rules.participation import Partnerships, Schools
from triskel.metrics.figures.rules.pupils import Counts, Reference
from triskel.metrics.figures.rules.stem import Chosen
from triskel.metrics.figures.rules.uptake import LEVEL, Lycee

Where = Mapping[str, Any]
"""`region`, `year`, its `previous`; `since` and `until`: the moments of its beginning, and after
the date, from when on facts do not count; `as_of`: the date, `zone`: where it is one; `over`:
whether it is the year's last."""

_SCHOOLS = """
    school as (
        select id, levels, pupils from organisations
        where region = :region and kind = 'school' and open
            and status not in ('applied', 'rejected', 'withdrawn')
    )
"""
_ACTIVE = """
    activated_at < :until and case when cast(:over as boolean)
        then closed_at is null or closed_at >= :since
        else (closed_at is null or closed_at >= :until) and state <> 'suspended' end
"""
"""On the date, or, of a year that is over, at any time in it."""
_DELIVERED = """
    region = :region and school_year = :year and outcome <> 'no-show' and delivered_at is not null
    and coalesce(delivered_on, cast(delivered_at at time zone cast(:zone as text) as date))
        <= :as_of
"""
"""Whenever it was reported. Older events do not say when it took place: the day of the report."""
_REACHED = f"""
    reached as (
        select format, school_id from activities where {_DELIVERED}
        union
        select format, t.school_id
        from activities, jsonb_to_recordset(attendance) as t (school_id uuid)
        where {_DELIVERED}
    )
"""
"""Of several schools each count says whose it is; else it is the activity's own."""

_PARTICIPATION = text(
    f"""
    with {_SCHOOLS},
    covered as (
        select distinct school_id from partnerships
        where region = :region and school_year = :year and {_ACTIVE}
    ),
    {_REACHED},
    marked as (
        select id, levels, id in (select school_id from covered) as is_covered,
            id in (select school_id from reached where school_id is not null) as is_reached
        from school
    )
    select level, count(*) as open, count(*) filter (where is_covered) as covered,
        count(*) filter (where is_reached) as reached
    from (
        select null as level, is_covered, is_reached from marked
        union all
        select unnest(levels), is_covered, is_reached from marked
    ) as each_level
    group by level
    """
)
_REACHED_BY_FORMAT = text(
    f"""
    with {_SCHOOLS},
    {_REACHED}
    select format, count(distinct school_id) as reached
    from reached where school_id in (select id from school)
    group by format
    """
)
_PARTNERSHIPS = text(
    f"""
    select
        count(*) filter (where school_year = :year and {_ACTIVE}) as active,
        count(*) filter (where school_year = :year and renewal_of is null) as new,
        count(*) filter (where school_year = :year and renewal_of is not null) as renewed,
        count(*) filter (
            where school_year = :year and closed_at < :until and state in ('ended', 'terminated')
        ) as ended,
        count(*) filter (where school_year = :previous) as previous,
        count(*) filter (where school_year = :previous and id in (
            select renewal_of from partnerships
            where region = :region and school_year = :year and activated_at < :until
        )) as followed
    from partnerships
    where region = :region and school_year in (:year, :previous) and activated_at < :until
    """
)
_PUPILS = text(
    f"""
    with counted as (
        select a.format, coalesce(t.school_id, a.school_id) as school_id, t.level, t.girls,
            t.boys, t.undeclared
        from activities as a, jsonb_to_recordset(a.attendance) as t
            (audience text, level text, girls int, boys int, undeclared int, school_id uuid,
            counted_before boolean)
        where {_DELIVERED} and t.audience = 'pupils' and t.counted_before is not true
    ),
    largest as (
        select level, max(girls + boys + undeclared) as pupils
        from counted group by school_id, level
    ),
    estimate as (
        select level, grouping(level) as everybody, sum(pupils) as pupils
        from largest group by rollup (level)
    )
    select grouping(c.format, c.level) as split, coalesce(c.format, '') as format,
        coalesce(c.level, 'unknown') as level, sum(girls) as girls, sum(boys) as boys,
        sum(undeclared) as undeclared,
        case grouping(c.format, c.level)
            when 3 then (select pupils from estimate where everybody = 1)
            when 2 then (select pupils from estimate as e
                where everybody = 0 and e.level is not distinct from c.level)
            else 0 end as distinct_pupils
    from counted as c
    group by grouping sets ((), (c.format), (c.level))
    """
)
_ENROLMENT = text(f"with {_SCHOOLS} select coalesce(sum(pupils), 0) from school")
_REFERENCES = text(
    """
    with school as (
        select unnest(codes) as code from organisations
        where region = :region and kind = 'school'
    ),
    published as (
        select level, school_year, girls, boys from enrolments
        where code in (select code from school)
        union all
        select level, school_year, pupil_girls, pupil_boys from choices
        where code in (select code from school)
    )
    select distinct on (level) level, school_year, sum(girls) as girls, sum(boys) as boys
    from published where school_year <= :year
    group by level, school_year order by level, school_year desc
    """
)
_DELIVERED_BY_FORMAT = text(
    f"select format, count(*) as delivered from activities where {_DELIVERED} group by format"
)
_MESSAGES = text(
    """
    select channel, count(*) filter (where state = 'sent') as sent,
        count(*) filter (where state = 'failed') as failed
    from deliveries
    where region = :region and at >= :since and at < :until
    group by channel
    """
)
_LYCEES = text(
    """
    with mine as (
        select unnest(codes) as code, id from organisations
        where region = :region and kind = 'school'
    ),
    partner as (
        select school_id, min(school_year) as since from partnerships
        where region = :region and activated_at < :until group by school_id
    )
    select c.code, c.stem_girls, c.stem_boys, c.all_girls, c.all_boys,
        mine.id is not null as in_region, partner.since,
        b.stem_girls as b_stem_girls, b.stem_boys as b_stem_boys,
        b.all_girls as b_all_girls, b.all_boys as b_all_boys
    from choices as c
    left join mine on mine.code = c.code
    left join partner on partner.school_id = mine.id
    left join lateral (
        select stem_girls, stem_boys, all_girls, all_boys from choices as earlier
        where earlier.country = c.country and earlier.level = c.level
            and earlier.code = c.code and earlier.school_year < partner.since
        order by earlier.school_year desc limit 1
    ) as b on partner.since <= c.school_year
    where c.country = :country and c.level = :level and c.school_year = :year
    order by c.code
    """
)
_YEARS = text(
    """
    select distinct school_year from activities where region = :region
    union select distinct school_year from partnerships where region = :region
    order by 1
    """
)
_CHOICE_YEARS = text(
    "select distinct school_year from choices where country = :country and level = :level"
    " order by 1"
)


async def years(session: AsyncSession, region: str) -> list[str]:
    """School years of which the region has partnerships or activities."""
    return list(await session.scalars(_YEARS, {"region": region}))


async def choice_years(session: AsyncSession, country: str) -> list[str]:
    """School years of which the country's choices are published."""
    return list(await session.scalars(_CHOICE_YEARS, {"country": country, "level": LEVEL}))


async def schools(
    session: AsyncSession, where: Where
) -> tuple[Schools, dict[str, Schools], dict[str, int]]:
    """In all, by level, and reached by format."""
    found = {
        row.level: Schools(row.open, row.covered, row.reached)
        for row in await session.execute(_PARTICIPATION, dict(where))
    }
    by_format = await session.execute(_REACHED_BY_FORMAT, dict(where))
    total = found.pop(None, Schools())
    return total, found, {row.format: row.reached for row in by_format}


async def partnerships(session: AsyncSession, where: Where) -> Partnerships:
    row = (await session.execute(_PARTNERSHIPS, dict(where))).mappings().one()
    return Partnerships(**row)


async def pupils(
    session: AsyncSession, where: Where
) -> tuple[Counts, dict[str, Counts], dict[str, Counts]]:
    """In all, by format, by level."""
    total, by_format, by_level = Counts(), {}, {}
    for row in (await session.execute(_PUPILS, dict(where))).mappings():
        counts = Counts(
            int(row["girls"] or 0),
            int(row["boys"] or 0),
            int(row["undeclared"] or 0),
            int(row["distinct_pupils"] or 0),
        )
        match row["split"]:
            case 1:
                by_format[row["format"]] = counts
            case 2:
                by_level[row["level"]] = counts
            case _:
                total = counts
    return total, by_format, by_level


async def enrolment(session: AsyncSession, where: Where) -> int:
    return int(await session.scalar(_ENROLMENT, dict(where)) or 0)


async def references(session: AsyncSession, where: Where) -> dict[str, Reference]:
    """The newest published enrolment of the region's schools, by level."""
    return {
        row.level: Reference(row.school_year, row.girls, row.boys)
        for row in await session.execute(_REFERENCES, dict(where))
    }


async def delivered_by_format(session: AsyncSession, where: Where) -> dict[str, int]:
    found = await session.execute(_DELIVERED_BY_FORMAT, dict(where))
    return {row.format: row.delivered for row in found}


async def messages(session: AsyncSession, where: Where) -> dict[str, tuple[int, int]]:
    found = await session.execute(_MESSAGES, dict(where))
    return {row.channel: (row.sent, row.failed) for row in found}


async def lycees(session: AsyncSession, where: Where, country: str) -> list[Lycee]:
    """All schools of the country that have choices in the year."""
    found = await session.execute(_LYCEES, {**where, "country": country, "level": LEVEL})
    return [
        Lycee(
            code=row["code"].partition(":")[2],
            chosen=_chosen(row),
            in_region=row["in_region"],
            partner_since=row["since"],
            before=_chosen(row, "b_") if row["b_all_girls"] is not None else None,
        )
        for row in found.mappings()
    ]


def _chosen(row: RowMapping, prefix: str = "") -> Chosen:
    names = ("stem_girls", "stem_boys", "all_girls", "all_boys")
    return Chosen(**{name: row[prefix + name] for name in names})
