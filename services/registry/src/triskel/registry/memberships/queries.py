"""What is read of memberships: for decisions, for searches, for people."""

from collections.abc import Sequence
from dataclasses import dataclass
from uuid import UUID

from sqlalchemy import and_, func, or_, select
from sqlalchemy.ext.asyncio import AsyncSession

from triskel.chassis.actions import Action, Actor
from triskel.chassis.auth import Caller
from triskel.chassis.paging import PageRequest, paginate
from triskel.contracts.codes import OrganisationKind, Side
from triskel.contracts.people_codes import LEADING_MEMBERS, MembershipState
from triskel.registry.memberships.refusals import MembersByHeadOnly
from triskel.registry.memberships.rules import (
    Facts,
    Membership,
    MembershipAttempt,
    leads,
    own_or_led,
)
from triskel.registry.memberships.tables import MEMBERSHIP, MembershipRow
from triskel.registry.organisations.queries import FACTS
from triskel.registry.organisations.rules.organisation import Organisation
from triskel.registry.organisations.tables import OrganisationRow

_own = MembershipRow.__table__.c

FACTS["has_members"] = (
    select(_own.id)
    .where(
        _own.organisation_id == OrganisationRow.__table__.c.id,
        _own.state != MembershipState.ENDED,
    )
    .exists()
)


def member_actor(caller: Caller, region: str) -> Actor:
    """This caller where the members of an organisation of a region are concerned."""
    sides = {Side.COORDINATOR} if caller.coordinates(region) else set()
    return Actor(
        caller.roles, frozenset(sides), organisation=caller.organisation, pseudonym=caller.pseudonym
    )


def actor_of(caller: Caller, membership: Membership) -> Actor:
    return member_actor(caller, membership.region)


async def facts_of(session: AsyncSession, memberships: Sequence[Membership]) -> dict[UUID, Facts]:
    """The kinds of their organisations and who leads those, in one query."""
    home = OrganisationRow.__table__.c
    leaders = and_(
        _own.organisation_id == home.id,
        _own.state == MembershipState.ACTIVE,
        or_(
            *(
                and_(home.kind == kind, _own.roles.overlap(sorted(roles)))
                for kind, roles in LEADING_MEMBERS.items()
            )
        ),
    )
    found = await session.execute(
        select(home.id, home.kind, func.array_agg(_own.id))
        .join(MembershipRow, leaders, isouter=True)
        .where(home.id.in_({each.organisation_id for each in memberships}))
        .group_by(home.id)
    )
    known = {
        organisation_id: (OrganisationKind(kind), {*leading} - {None})
        for organisation_id, kind, leading in found
    }
    facts = {}
    for each in memberships:
        kind, leading = known.get(each.organisation_id, (None, set()))
        facts[each.id] = Facts(kind, led_by_others=bool(leading - {each.id}))
    return facts


async def lock(
    session: AsyncSession, membership_id: UUID, action: Action[Membership, Facts, ...]
) -> MembershipRow | None:
    """With all that count of its organisation: two who lead it could otherwise go at once, each
    because of the other."""
    same = select(_own.organisation_id).where(_own.id == membership_id).scalar_subquery()
    rows = await session.scalars(
        select(MembershipRow)
        .where(
            _own.organisation_id == same,
            or_(_own.id == membership_id, _own.state != MembershipState.ENDED),
        )
        .order_by(_own.id)
        .with_for_update()
    )
    return next((row for row in rows if row.id == membership_id), None)


def check_may_see(attempt: MembershipAttempt) -> None:
    """Raises `MembershipNotYours`."""
    if refused := own_or_led(attempt):
        raise refused


def check_leads(caller: Caller, home: Organisation) -> Actor:
    """Raises `MembersByHeadOnly` unless this caller decides on the organisation's members."""
    actor = member_actor(caller, home.region)
    if not leads(actor, home.id, home.kind):
        raise MembersByHeadOnly
    return actor


async def living(session: AsyncSession, person: str, organisation_id: UUID) -> MembershipRow | None:
    """The membership of this person that has not ended."""
    found: MembershipRow | None = await session.scalar(
        select(MembershipRow).where(
            _own.person == person,
            _own.organisation_id == organisation_id,
            _own.state != MembershipState.ENDED,
        )
    )
    return found


@dataclass(frozen=True)
class MembershipFilter:
    """What is looked for; None does not filter."""

    organisation_id: UUID | None = None
    state: MembershipState | None = None


async def search(
    session: AsyncSession, region: str, wanted: MembershipFilter, page: PageRequest
) -> tuple[list[Membership], str | None]:
    """A page of a region's memberships, the oldest first, and the cursor of the next."""
    statement = select(MembershipRow).where(_own.region == region)
    for name, value in vars(wanted).items():
        if value is not None:
            statement = statement.where(_own[name] == value)
    rows, following = await paginate(session, statement, keys=[_own.at, _own.id], page=page)
    return [MEMBERSHIP.to_domain(row) for (row,) in rows], following
