"""What is read of activities: for decisions, for searches, for people."""

from collections.abc import Collection, Iterable, Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import datetime
from typing import Any
from uuid import UUID

from sqlalchemy import (
    ARRAY,
    ScalarSelect,
    Uuid,
    and_,
    column,
    false,
    func,
    literal,
    or_,
    select,
)
from sqlalchemy.ext.asyncio import AsyncSession
from sqlmodel import col

from triskel.activities.activities.refusals import ActivityUnknown
from triskel.activities.activities.rules.activity import Activity, Facts, Why
from triskel.activities.activities.rules.deadlines import GONE
from triskel.activities.activities.tables import ACTIVITY, ActivityRow, StepRow
from triskel.activities.calendars.queries import calendar_from
from triskel.activities.calendars.rules import Calendar
from triskel.activities.calendars.tables import CalendarRow
from triskel.activities.places.rules.places import HELD, OPEN, may_join
from triskel.activities.projections import (
    OrganisationRow,
    PartnershipRow,
    RegionRow,
)
from triskel.chassis.actions import Actor
from triskel.chassis.auth import Caller
from triskel.chassis.database import AS_STORED
from triskel.chassis.paging import PageRequest, paginate
from triskel.chassis.regions import settings_in
from triskel.contracts.codes import (
    ActivityFormat,
    ActivityState,
    OrganisationKind,
    OrganisationStatus,
    PartnershipState,
    Role,
    Side,
)
from triskel.contracts.registry import RegionSettings

CARRYING = {PartnershipState.SIGNED, PartnershipState.ACTIVE}
"""A partnership carries activities once it is signed."""


@dataclass(frozen=True)
class Parties:
    """What is known of organisations and partnerships, by id, and of their regions, by code."""

    organisations: Mapping[UUID, OrganisationRow]
    partnerships: Mapping[UUID, PartnershipRow]
    regions: Mapping[str, RegionRow]
    calendars: Sequence[CalendarRow] = ()
    beside: Sequence[Any] = ()

    def calendar(self, region: str, otherwise: str = "UTC") -> Calendar:
        """Of a region whose calendar was asked for."""
        rows = [row for row in self.calendars if row.region == region]
        return calendar_from(region, rows, self.regions.get(region), otherwise)

    def facts(self, activity: Activity) -> Facts:
        """What decisions on this activity need of its parties."""
        school: Why | None = None
        if activity.school_id is None:
            if activity.needs_school:
                school = {
                    "en": "This format needs a school",
                    "fr": "Ce format demande un établissement",
                }
        else:
            row = self.organisations.get(activity.school_id)
            school = not_eligible(row)
            if school is None and row is not None and row.kind != OrganisationKind.SCHOOL:
                school = {
                    "en": "The organisation named as school is not a school",
                    "fr": "L'organisation indiquée comme établissement n'en est pas un",
                }
        return Facts(
            school=school,
            host=not_eligible(self.organisations.get(activity.host_id)),
            partnership=_not_carried(activity, self.partnerships),
            settings=self.settings(activity.region),
        )

    def settings(self, region: str) -> RegionSettings:
        """What one of these regions decides for itself."""
        return settings_in(region, self.regions.get(region))


async def parties_of(
    session: AsyncSession,
    *ids: UUID | None,
    calendars_of: Collection[str] | None = None,
    beside: Sequence[ScalarSelect[Any]] = (),
) -> Parties:
    """The organisations and the partnerships among these, and the organisations' regions; unless
    `calendars_of` is null, the calendars of those regions and of these, too; and the values
    `beside` them; in one query."""
    given = sorted({each for each in ids if each is not None})
    if not given:
        return Parties({}, {}, {})
    wanted = (
        func.unnest(literal(given, ARRAY(Uuid)))
        .table_valued(column("id", Uuid), name="wanted")
        .render_derived()
    )

    # what is given beside the organisations' own stands beside the first
    def of(region: Any) -> Any:
        others = and_(
            wanted.c.id == literal(given[0], Uuid), region.in_(sorted(calendars_of or ()))
        )
        return or_(region == col(OrganisationRow.region), others)

    statement = (
        select(OrganisationRow, PartnershipRow, RegionRow)
        .select_from(wanted)
        .outerjoin(OrganisationRow, col(OrganisationRow.id) == wanted.c.id)
        .outerjoin(PartnershipRow, col(PartnershipRow.id) == wanted.c.id)
        .outerjoin(RegionRow, of(col(RegionRow.region)))
    )
    if calendars_of is not None:
        statement = statement.add_columns(CalendarRow).outerjoin(
            CalendarRow, of(col(CalendarRow.region))
        )
    by_kind: list[dict[UUID, Any]] = [{}, {}, {}, {}]
    values: Sequence[Any] = ()
    # what changes is counted by who asks
    statement = statement.add_columns(*beside).execution_options(**{AS_STORED: bool(beside)})
    for row in await session.execute(statement):
        rows: Sequence[Any] = row
        if beside:
            rows, values = row[: -len(beside)], row[-len(beside) :]
        for found, each in zip(by_kind, rows, strict=False):
            if each is not None:
                found[each.id] = each
    organisations, partnerships, regions, calendars = by_kind
    return Parties(
        organisations,
        partnerships,
        {row.region: row for row in regions.values()},
        tuple(calendars.values()),
        values,
    )


async def facts_of(session: AsyncSession, activities: Sequence[Activity]) -> dict[UUID, Facts]:
    """One query, however many activities; a second where winners went on to finals, or
    meetings have other parts."""
    return (await facts_and_parties(session, activities))[0]


async def facts_and_parties(
    session: AsyncSession, activities: Sequence[Activity], named: Collection[UUID] = ()
) -> tuple[dict[UUID, Facts], Parties]:
    """The same with what was read for it, and the organisations that are `named` beside."""
    parties = await parties_of(
        session,
        *named,
        *(
            party_id
            for activity in activities
            for party_id in (activity.school_id, activity.host_id, activity.partnership_id)
        ),
    )
    linked = await _linked(session, activities)
    void = frozenset(activity_id for activity_id, state in linked.items() if state in GONE)
    facts = {
        activity.id: replace(parties.facts(activity), void_finals=void, other_parts=linked)
        for activity in activities
    }
    return facts, parties


async def _linked(
    session: AsyncSession, activities: Sequence[Activity]
) -> dict[UUID, ActivityState]:
    """The states of finals that winners went on to, and of parts beside them in dossiers."""
    wanted: set[UUID | None] = set()
    for activity in activities:
        if activity.challenge is not None:
            wanted |= {team.advanced_to for team in activity.challenge.teams}
        if activity.task_force is not None and (part := activity.task_force.dossier) is not None:
            wanted |= {part.previous_id, part.next_id}
    wanted -= {None}
    if not wanted:
        return {}
    column = ActivityRow.__table__.c
    found = await session.execute(select(column.id, column.state).where(column.id.in_(wanted)))
    return {activity_id: ActivityState(state) for activity_id, state in found}


async def kinds_of(session: AsyncSession, ids: Iterable[UUID | None]) -> dict[UUID, str]:
    """The kinds of those of these organisations that are known."""
    wanted = {each for each in ids if each is not None}
    if not wanted:
        return {}
    own = OrganisationRow.__table__.c
    found = await session.execute(select(own.id, own.kind).where(own.id.in_(sorted(wanted))))
    return {row.id: row.kind for row in found}


_UNKNOWN_SCHOOL = {
    "en": "The organisation is not known here (yet: the directory arrives by events)",
    "fr": "L'organisation n'est pas (encore) connue ici : l'annuaire arrive par événements",
}


def not_eligible(row: OrganisationRow | None) -> Why | None:
    """Why an organisation takes part in nothing; None: nothing stands against it."""
    if row is None:
        return _UNKNOWN_SCHOOL
    if not row.open:
        return {"en": "The organisation is closed", "fr": "L'organisation est fermée"}
    if row.status != OrganisationStatus.APPROVED:
        return {
            "en": f"The organisation must be approved; it is {row.status}",
            "fr": f"L'organisation doit être approuvée ; son statut est {row.status}",
        }
    return None


def _not_carried(activity: Activity, partnerships: Mapping[UUID, PartnershipRow]) -> Why | None:
    if activity.partnership_id is None:
        if not activity.needs_partnership:
            return None
        return {"en": "This format needs a partnership", "fr": "Ce format demande un partenariat"}
    row = partnerships.get(activity.partnership_id)
    if row is None:
        return {
            "en": "The partnership is not known here (yet: it arrives by events)",
            "fr": "Le partenariat n'est pas (encore) connu ici : il arrive par événements",
        }
    if (row.school_id, row.company_id) != (activity.school_id, activity.host_id):
        return {
            "en": "The partnership is not between this school and this host",
            "fr": "Le partenariat n'est pas entre cet établissement et cet hôte",
        }
    if row.school_year != activity.school_year:
        return {
            "en": f"The partnership is for {row.school_year}",
            "fr": f"Le partenariat est pour {row.school_year}",
        }
    if row.state not in CARRYING:
        return {
            "en": f"The partnership must be signed; it is {row.state}",
            "fr": f"Le partenariat doit être signé ; son état est {row.state}",
        }
    return None


def sides_of(caller: Caller, region: str, school_id: UUID | None, host_id: UUID) -> frozenset[Side]:
    """The sides that this caller may speak for."""
    sides = set()
    if caller.coordinates(region):
        sides.add(Side.COORDINATOR)
    if caller.organisation is not None:
        if caller.organisation == school_id and caller.is_(Role.HEAD, Role.TEACHER):
            sides.add(Side.SCHOOL)
        if caller.organisation == host_id and caller.is_(Role.COMPANY):
            sides.add(Side.HOST)
    return frozenset(sides)


def actor_of(caller: Caller, activity: Activity) -> Actor:
    """Heads and teachers speak for their school in its own region, side or not."""
    at_home = caller.is_(Role.HEAD, Role.TEACHER) and caller.region == activity.region
    return Actor(
        caller.roles,
        sides_of(caller, activity.region, activity.school_id, activity.host_id),
        school=caller.organisation if at_home else None,
        organisation=caller.organisation,
        coordinates=caller.region if caller.is_(Role.COORDINATOR) else None,
    )


def check_may_read(caller: Caller, activity: Activity) -> None:
    """The two sides and who takes part beside them, whoever may take a place, and the region's
    coordinator and authorities; of a task-force meeting, the coordinators of all regions that take
    part. What is hidden is not there, but for the sides and the coordinator. Raises
    `ActivityUnknown` and `Forbidden`."""
    task_force = activity.task_force
    if activity.hidden_at is not None and not actor_of(caller, activity).sides:
        raise ActivityUnknown(value=str(activity.id))
    if may_join(activity, actor_of(caller, activity)) and activity.state in OPEN | HELD:
        return
    if caller.is_(Role.AUTHORITY) and caller.region == activity.region:
        return
    if caller.is_(Role.COORDINATOR) and task_force and task_force.invites(caller.region):
        return
    caller.require_organisation(
        activity.region, activity.school_id, activity.host_id, *activity.guests
    )


async def steps_of(session: AsyncSession, activity_id: UUID) -> Sequence[StepRow]:
    """Its history, the oldest first."""
    rows = await session.scalars(
        select(StepRow)
        .where(col(StepRow.activity_id) == activity_id)
        .order_by(col(StepRow.version))
    )
    return rows.all()


@dataclass(frozen=True)
class ActivityFilter:
    """What is looked for; None does not filter. `archived`: also what is archived. `by_date`: in
    the order of dates, and only what has one; else in the order of drafting."""

    school_id: UUID | None = None
    host_id: UUID | None = None
    partnership_id: UUID | None = None
    offer_id: UUID | None = None
    parent_id: UUID | None = None
    format: ActivityFormat | None = None
    state: ActivityState | None = None
    school_year: str | None = None
    starts_from: datetime | None = None
    starts_before: datetime | None = None
    archived: bool = False
    by_date: bool = False


_EQUAL = (
    *("school_id", "host_id", "partnership_id", "offer_id", "parent_id"),
    *("format", "state", "school_year"),
)


async def search(
    session: AsyncSession, caller: Caller, wanted: ActivityFilter, page: PageRequest
) -> tuple[list[Activity], str | None]:
    """A page of those that this caller may find, and the cursor of the next: of the region for who
    watches over it, else those of their organisation. What is hidden its sides and the coordinator
    find."""
    columns = ActivityRow.__table__.c
    statement = select(ActivityRow)
    if not wanted.archived:
        statement = statement.where(columns.archived.is_(False))
    if caller.is_(Role.COORDINATOR, Role.AUTHORITY):
        statement = statement.where(columns.region == caller.region)
        if not caller.is_(Role.COORDINATOR):
            statement = statement.where(columns.hidden.is_(False))
    else:
        own = caller.organisation
        guest = and_(columns.guests.contains([own]), columns.hidden.is_(False))
        mine = or_(columns.school_id == own, columns.host_id == own, guest)
        # a comparison with null would find what has no school
        statement = statement.where(false() if own is None else mine)
    for name in _EQUAL:
        if (value := getattr(wanted, name)) is not None:
            statement = statement.where(columns[name] == value)
    if wanted.starts_from is not None:
        statement = statement.where(columns.starts_at >= wanted.starts_from)
    if wanted.starts_before is not None:
        statement = statement.where(columns.starts_at < wanted.starts_before)
    if wanted.by_date:
        statement = statement.where(columns.starts_at.is_not(None))
    first = columns.starts_at if wanted.by_date else columns.drafted_at
    rows, following = await paginate(session, statement, keys=[first, columns.id], page=page)
    return [ACTIVITY.to_domain(row) for (row,) in rows], following
