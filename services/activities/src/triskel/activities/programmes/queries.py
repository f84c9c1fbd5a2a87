"""What is read of programmes: the targets, and how far the activities have come."""

from collections import defaultdict
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any
from uuid import UUID

from sqlalchemy import Select, and_, or_, select, text, true
from sqlalchemy.ext.asyncio import AsyncSession
from sqlalchemy.orm import aliased
from uuid_utils.compat import uuid7

from triskel.activities.activities.queries import sides_of
from triskel.activities.activities.rules.deadlines import ASKED
from triskel.activities.programmes import rules
from triskel.activities.programmes.refusals import PartnershipUnknown
from triskel.activities.programmes.rules import Programme, ProgrammeFacts, Progress
from triskel.activities.programmes.tables import PROGRAMME, ProgrammeRow
from triskel.activities.projections import PartnershipRow
from triskel.chassis.actions import Actor
from triskel.chassis.auth import Caller
from triskel.chassis.paging import PageRequest, paginate
from triskel.contracts.codes import ActivityFormat, PartnershipState, Role

_FACTS = text(
    """
    select partnership.id, partnership.state, done.*
    from partnerships as partnership
    left join (
        select partnership_id, format,
            count(*) filter (where state = any(:asked)) as asked,
            count(*) filter (where state = any(:planned)) as planned,
            count(*) filter (where done) as delivered,
            count(*) filter (
                where not (done or state = any(:asked) or state = any(:planned))) as fallen_through,
            coalesce(sum(people) filter (where done), 0) as pupils,
            coalesce(sum(hours) filter (where done and format = any(:timed)), 0) as hours
        from (
            select partnership_id, format, state,
                state = any(:delivered) and coalesce(data->>'outcome' <> 'no-show', false) as done,
                (
                    select sum((level->>'girls')::int + (level->>'boys')::int
                        + (level->>'undeclared')::int)
                    from jsonb_array_elements(data->'attendance') as level
                    where level->>'audience' = 'pupils'
                ) as people,
                least(
                    extract(epoch from ends - starts) / 3600,
                    cast(:hours_a_day as integer) * (ends::date - starts::date + 1)
                ) as hours
            from activities
            cross join lateral (
                select (data->'slot'->>'starts_at')::timestamptz
                        at time zone (data->'slot'->>'time_zone') as starts,
                    (data->'slot'->>'ends_at')::timestamptz
                        at time zone (data->'slot'->>'time_zone') as ends
            ) as slot
            where partnership_id = any(:partnerships)
        ) as activity
        group by partnership_id, format
    ) as done on done.partnership_id = partnership.id
    where partnership.id = any(:partnerships)
    """
).bindparams(
    asked=sorted(ASKED),
    planned=sorted(rules.PLANNED),
    delivered=sorted(rules.DELIVERED),
    timed=sorted(rules.TIMED),
    hours_a_day=rules.HOURS_A_DAY,
)


def actor_of(caller: Caller, programme: Programme) -> Actor:
    sides = sides_of(caller, programme.region, programme.school_id, programme.host_id)
    return Actor(caller.roles, sides)


@dataclass(frozen=True)
class ProgrammeFilter:
    """What is looked for; None does not filter."""

    partnership_id: UUID | None = None
    school_id: UUID | None = None
    host_id: UUID | None = None
    school_year: str | None = None


def _statement(wanted: ProgrammeFilter) -> Select[Any]:
    """Partnerships with their programmes, set or not."""
    partnership = PartnershipRow.__table__.c
    programme = ProgrammeRow.__table__.c
    both: list[Any] = [PartnershipRow, ProgrammeRow]
    statement = select(*both).outerjoin(
        ProgrammeRow,
        and_(
            programme.partnership_id == partnership.id,
            programme.school_year == partnership.school_year,
        ),
    )
    for column, value in (
        (partnership.id, wanted.partnership_id),
        (partnership.school_id, wanted.school_id),
        (partnership.company_id, wanted.host_id),
        (partnership.school_year, wanted.school_year),
    ):
        if value is not None:
            statement = statement.where(column == value)
    return statement


async def search(
    session: AsyncSession, caller: Caller, wanted: ProgrammeFilter, page: PageRequest
) -> tuple[list[Programme], str | None]:
    """A page of those of one's own organisation, of a region for its coordinator and authorities;
    and the cursor of the next."""
    column = PartnershipRow.__table__.c
    statement = _statement(wanted)
    if caller.is_(Role.COORDINATOR, Role.AUTHORITY):
        statement = statement.where(column.region == caller.region)
    else:
        own = caller.organisation
        statement = statement.where(or_(column.school_id == own, column.company_id == own))
    rows, following = await paginate(
        session, statement, keys=[column.school_year, column.id], page=page
    )
    return [to_domain(row[0], row[1]) for row in rows], following


async def find(session: AsyncSession, partnership_id: UUID, school_year: str) -> Programme:
    """Raises `NotFound`."""
    wanted = ProgrammeFilter(partnership_id=partnership_id, school_year=school_year)
    found = (await session.execute(_statement(wanted))).one_or_none()
    if found is None:
        raise PartnershipUnknown(value=str(partnership_id))
    return to_domain(found[0], found[1])


async def locked(
    session: AsyncSession, partnership_id: UUID, school_year: str
) -> tuple[Programme, ProgrammeRow | None]:
    """With its row, locked, if it has been set. Raises as `find`."""
    programme, partnership = ProgrammeRow.__table__.c, PartnershipRow.__table__.c
    row = aliased(
        ProgrammeRow,
        select(ProgrammeRow)
        .where(programme.partnership_id == partnership_id, programme.school_year == school_year)
        .with_for_update()
        .cte("locked"),
    )
    of = (partnership.id == partnership_id, partnership.school_year == school_year)
    statement = select(PartnershipRow, row).outerjoin(row, true()).where(*of)
    found = (await session.execute(statement)).one_or_none()
    if found is None:
        raise PartnershipUnknown(value=str(partnership_id))
    return to_domain(found[0], found[1]), found[1]


def to_domain(partnership: PartnershipRow, row: ProgrammeRow | None) -> Programme:
    """The programme as rules see it, set or not."""
    if row is not None and row.version:
        return PROGRAMME.to_domain(row)
    return Programme(
        # nobody knows this id before the first targets are set
        id=uuid7(),
        region=partnership.region or "",
        version=0,
        partnership_id=partnership.id,
        school_id=partnership.school_id,
        host_id=partnership.company_id,
        school_year=partnership.school_year,
    )


async def facts_of(
    session: AsyncSession, programmes: Sequence[Programme]
) -> dict[UUID, ProgrammeFacts]:
    """One query, however many programmes."""
    given = {"partnerships": [programme.partnership_id for programme in programmes]}
    states: dict[UUID, PartnershipState] = {}
    done: dict[UUID, dict[ActivityFormat, Progress]] = defaultdict(dict)
    for row in await session.execute(_FACTS, given):
        states[row.id] = PartnershipState(row.state)
        if row.format is None:
            continue
        form = ActivityFormat(row.format)
        done[row.id][form] = Progress(
            form,
            row.asked,
            row.planned,
            row.delivered,
            row.fallen_through,
            row.pupils,
            round(float(row.hours), 2) if form in rules.TIMED else None,
        )
    return {
        programme.id: ProgrammeFacts(
            states[programme.partnership_id], tuple(done[programme.partnership_id].values())
        )
        for programme in programmes
    }
