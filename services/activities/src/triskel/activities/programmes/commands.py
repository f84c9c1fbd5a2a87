"""Programmes: set the targets, and see how far the activities have come."""

from collections.abc import Sequence
from dataclasses import asdict, dataclass
from typing import Any
from uuid import UUID

import uuid_utils
from pydantic import TypeAdapter
from sqlalchemy import Select, and_, select, text
from sqlalchemy.dialects.postgresql import insert
from sqlalchemy.ext.asyncio import AsyncSession

from triskel.activities.programmes import rules as rules
from triskel.activities.programmes.rules import Programme, Target
from triskel.activities.programmes.tables import ProgrammeRow
from triskel.activities.projections import PartnershipRow
from triskel.chassis.actions import Actor
from triskel.chassis.outbox import Outbox
from triskel.chassis.versions import Seen, check_version
from triskel.contracts import activities as said
from triskel.contracts.codes import ActivityFormat
from triskel.contracts.refusals import NotFound

_STATE = TypeAdapter(Programme)

_PROGRESS = text(
    """
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
            state = any(:delivered) and data->>'outcome' is distinct from 'no-show' as done,
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
    """
).bindparams(
    asked=sorted(rules.ASKED),
    planned=sorted(rules.PLANNED),
    delivered=sorted(rules.DELIVERED),
    timed=sorted(rules.TIMED),
    hours_a_day=rules.HOURS_A_DAY,
)


@dataclass(frozen=True)
class Progress:
    """Of one format, planned against delivered. `fallen_through`: declined, withdrawn, expired,
    cancelled, or nobody came. `hours` null: the format's slot is a span of weeks."""

    format: ActivityFormat
    asked: int = 0
    planned: int = 0
    delivered: int = 0
    fallen_through: int = 0
    pupils: int = 0
    hours: float | None = 0.0


@dataclass(frozen=True)
class Overview:
    """A programme as it stands; version 0: nobody has set targets yet."""

    programme: Programme
    partnership_state: str
    progress: tuple[Progress, ...]


def state_of(programme: Programme) -> said.Programme:
    """The public state, as events carry it and the API shows it."""
    return said.Programme.model_validate(asdict(programme))


def wanted(filters: dict[str, Any]) -> Select[Any]:
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
    for name, value in filters.items():
        if value is not None:
            statement = statement.where(partnership[name] == value)
    return statement


async def one(session: AsyncSession, number: UUID, school_year: str) -> tuple[Any, Any]:
    """(partnership, programme or None). Raises `NotFound`."""
    found = (
        await session.execute(wanted({"id": number, "school_year": school_year}))
    ).one_or_none()
    if found is None:
        raise NotFound(
            "partnership-unknown",
            "There is no such partnership in that school year (yet: it arrives by events).",
            field="partnership_id",
            value=str(number),
        )
    return found[0], found[1]


def decided(partnership: PartnershipRow, row: ProgrammeRow | None) -> Programme:
    """The programme as the domain sees it, set or not."""
    if row is not None and row.version:
        return _STATE.validate_python(row.data)
    return Programme(
        # nobody sees this id: the one that is set has its own
        id=row.id if row is not None else partnership.id,
        region=partnership.region or "",
        version=0,
        partnership_id=partnership.id,
        school_id=partnership.school_id,
        host_id=partnership.company_id,
        school_year=partnership.school_year,
    )


async def overviews(session: AsyncSession, found: Sequence[tuple[Any, Any]]) -> list[Overview]:
    """One query, however many programmes."""
    by_format: dict[UUID, dict[ActivityFormat, Progress]] = {p.id: {} for p, _ in found}
    rows = await session.execute(_PROGRESS, {"partnerships": list(by_format)})
    for row in rows:
        form = ActivityFormat(row.format)
        by_format[row.partnership_id][form] = Progress(
            form,
            row.asked,
            row.planned,
            row.delivered,
            row.fallen_through,
            row.pupils,
            round(float(row.hours), 2) if form in rules.TIMED else None,
        )
    return [_overview(partnership, row, by_format[partnership.id]) for partnership, row in found]


def _overview(
    partnership: PartnershipRow, row: ProgrammeRow | None, done: dict[ActivityFormat, Progress]
) -> Overview:
    programme = decided(partnership, row)
    formats = sorted(done.keys() | {target.format for target in programme.targets})
    untouched = {
        f: Progress(f, hours=0.0 if f in rules.TIMED else None) for f in formats if f not in done
    }
    return Overview(
        programme, partnership.state, tuple((done | untouched)[form] for form in formats)
    )


async def put(
    session: AsyncSession,
    outbox: Outbox,
    partnership: PartnershipRow,
    actor: Actor,
    targets: Sequence[Target],
    expected: Seen | None,
) -> None:
    """Set the targets of a partnership's year. Raises its refusal, 412, or 428 when there is a
    programme that the caller has not seen."""
    await session.execute(
        insert(ProgrammeRow)
        .values(
            partnership_id=partnership.id,
            school_year=partnership.school_year,
            id=UUID(str(uuid_utils.uuid7())),
            version=0,
            data={},
        )
        .on_conflict_do_nothing()
    )
    # of two who set the first at once, the second waited above
    key = (partnership.id, partnership.school_year)
    row = await session.get(ProgrammeRow, key, with_for_update=True, populate_existing=True)
    assert row is not None
    if row.version or expected is not None:
        check_version(expected, row.version)
    programme = rules.set_targets(decided(partnership, row), actor, partnership.state, targets)
    row.version = programme.version
    row.data = _STATE.dump_python(programme, mode="json")
    await session.flush()
    await outbox.record(session, said.ProgrammeSet(programme=state_of(programme), by=actor.role))
