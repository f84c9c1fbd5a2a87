"""Sums of cost lines, of activities and of programmes, by one thing at a time."""

from dataclasses import dataclass
from enum import StrEnum
from typing import Any
from uuid import UUID

from sqlalchemy import (
    BigInteger,
    Boolean,
    ColumnElement,
    Select,
    Text,
    Uuid,
    and_,
    case,
    cast,
    column,
    func,
    literal,
    literal_column,
    null,
    or_,
    select,
    text,
    union_all,
)
from sqlalchemy.dialects.postgresql import JSONB
from sqlalchemy.ext.asyncio import AsyncSession

from triskel.activities.activities.rules.deadlines import GONE
from triskel.activities.activities.tables import ActivityRow
from triskel.activities.programmes.tables import ProgrammeRow
from triskel.activities.projections import PartnershipRow
from triskel.chassis.auth import Caller
from triskel.chassis.paging import PageRequest, paginate
from triskel.contracts.codes import Role
from triskel.contracts.money_codes import BudgetState, Currency

_EUR = Currency.EUR


class SumBy(StrEnum):
    """By what cost lines are summed. A programme is a partnership's year, with its activities."""

    ACTIVITY = "activity"
    PARTNERSHIP = "partnership"
    PROGRAMME = "programme"
    FUNDER = "funder"
    STATE = "state"


@dataclass(frozen=True)
class BudgetFilter:
    """Which lines; None does not filter."""

    by: SumBy
    activity_id: UUID | None = None
    partnership_id: UUID | None = None
    school_year: str | None = None
    funder_id: UUID | None = None
    state: BudgetState | None = None
    currency: Currency | None = None


@dataclass(frozen=True)
class BudgetSum:
    """`key` null: what has none, such as lines without a funder. Amounts are in cents; of it is
    `in_kind` what is no money."""

    key: str | None
    currency: Currency
    amount: int
    in_kind: int
    lines: int


def _lines_of(data: ColumnElement[Any]) -> Any:
    """The cost lines of a document, as rows."""
    return (
        func.jsonb_to_recordset(data.op("->")(literal_column("'budget'")))
        .table_valued(
            column("amount", BigInteger),
            column("currency", Text),
            column("state", Text),
            column("funder_id", Uuid),
            column("in_kind", Boolean),
        )
        .render_derived(name="line", with_types=True)
    )


def _whose(
    caller: Caller, row: Any, host: ColumnElement[Any], data: ColumnElement[Any], line: Any
) -> ColumnElement[bool]:
    """A region's for its coordinator and authorities; for others those of what their organisation
    takes part in, and those that it pays for."""
    if caller.is_(Role.COORDINATOR, Role.AUTHORITY):
        in_region: ColumnElement[bool] = row.region == caller.region
        return in_region
    own = caller.organisation
    takes_part = or_(row.school_id == own, host == own)
    # for the index: which documents have such a line at all
    paid = data.op("->")(literal_column("'budget'")).op("@>")(
        literal([{"funder_id": str(own)}], JSONB)
    )
    return and_(or_(takes_part, paid), or_(takes_part, line.c.funder_id == own))


def _lines(caller: Caller, wanted: BudgetFilter) -> Any:
    """The lines that count for this caller. Of what will not take place counts what was paid."""
    activity, activity_line = ActivityRow.__table__.c, _lines_of(ActivityRow.__table__.c.data)
    of_activities = (
        select(
            activity.id.label("activity_id"),
            activity.partnership_id,
            activity.school_year,
            *activity_line.c,
        )
        .select_from(ActivityRow.__table__.join(activity_line, text("true")))
        # written out, as the index has it
        .where(text("jsonb_array_length(activities.data -> 'budget') > 0"))
        .where(_whose(caller, activity, activity.host_id, activity.data, activity_line))
        .where(
            or_(
                activity.state.not_in(sorted(GONE)),
                activity_line.c.state == literal_column(f"'{BudgetState.PAID}'"),
            )
        )
    )
    programme, programme_line = ProgrammeRow.__table__.c, _lines_of(ProgrammeRow.__table__.c.data)
    partnership = PartnershipRow.__table__.c
    of_programmes = (
        select(
            cast(null(), Uuid).label("activity_id"),
            programme.partnership_id,
            programme.school_year,
            *programme_line.c,
        )
        .select_from(
            ProgrammeRow.__table__.join(
                PartnershipRow.__table__, partnership.id == programme.partnership_id
            ).join(programme_line, text("true"))
        )
        .where(text("jsonb_array_length(programmes.data -> 'budget') > 0"))
        .where(_whose(caller, partnership, partnership.company_id, programme.data, programme_line))
    )
    if wanted.school_year is not None:
        of_activities = of_activities.where(activity.school_year == wanted.school_year)
        of_programmes = of_programmes.where(programme.school_year == wanted.school_year)
    if wanted.partnership_id is not None:
        of_activities = of_activities.where(activity.partnership_id == wanted.partnership_id)
        of_programmes = of_programmes.where(programme.partnership_id == wanted.partnership_id)
    if wanted.activity_id is not None:
        return of_activities.where(activity.id == wanted.activity_id).subquery("line_of")
    return union_all(of_activities, of_programmes).subquery("line_of")


def _key(by: SumBy, line: Any) -> ColumnElement[Any]:
    """As a text that is never null: sums are paged by it."""
    match by:
        case SumBy.PROGRAMME:
            year = line.partnership_id.cast(Text).concat("/").concat(line.school_year)
            return case((line.partnership_id.is_(None), ""), else_=year)
        case SumBy.STATE:
            state: ColumnElement[Any] = line.state
            return state
        case _:
            return func.coalesce(line[f"{by}_id"].cast(Text), "")


def _statement(caller: Caller, wanted: BudgetFilter) -> Select[Any]:
    line = _lines(caller, wanted).c
    # lines were in euros before they had a currency
    currency = func.coalesce(line.currency, _EUR)
    key = _key(wanted.by, line)
    sums = select(
        key.label("key"),
        currency.label("currency"),
        cast(func.sum(line.amount), BigInteger).label("amount"),
        cast(func.coalesce(func.sum(line.amount).filter(line.in_kind), 0), BigInteger).label(
            "in_kind"
        ),
        func.count().label("lines"),
    )
    if wanted.funder_id is not None:
        sums = sums.where(line.funder_id == wanted.funder_id)
    if wanted.state is not None:
        sums = sums.where(line.state == wanted.state)
    if wanted.currency is not None:
        sums = sums.where(currency == wanted.currency)
    return sums.group_by(literal_column("1"), literal_column("2"))


async def sums_of(
    session: AsyncSession, caller: Caller, wanted: BudgetFilter, page: PageRequest
) -> tuple[list[BudgetSum], str | None]:
    """A page of the sums, one for each key and currency, which are never added up; and the cursor
    of the next."""
    summed = _statement(caller, wanted).subquery("summed")
    rows, following = await paginate(
        session, select(summed), keys=[summed.c.key, summed.c.currency], page=page
    )
    return [
        BudgetSum(key or None, Currency(currency), amount, in_kind, lines)
        for key, currency, amount, in_kind, lines in rows
    ], following
