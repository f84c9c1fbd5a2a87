"""`/v1/indicators` and `/v1/figures`: open to everybody, as JSON and as CSV."""

import csv
import io
from collections.abc import Sequence
from dataclasses import asdict
from datetime import date
from typing import Annotated, Literal
from zoneinfo import ZoneInfo

from fastapi import Depends, Query, Request, Response
from pydantic import BaseModel, Field

from triskel.chassis.auth import public
from triskel.chassis.http import Now, Router, Session
from triskel.chassis.http.values import Day, OneLine, Region, SchoolYear
from triskel.contracts.codes import ActivityFormat, Isced, Sex
from triskel.contracts.days import day_in
from triskel.metrics.figures.queries.figures import figures_of, settings_of
from triskel.metrics.figures.refusals import DateInTheFuture, IndicatorUnknown, NoSuchIndicator
from triskel.metrics.figures.rules.definitions import DEFINITIONS, Definition
from triskel.metrics.figures.rules.figures import Figure

router = Router(prefix="/v1", tags=["figures"], dependencies=[public()])

FRESH_SECONDS = 30
IndicatorName = Annotated[str, OneLine(longest=80)]
CSV_COLUMNS = (
    *("indicator", "number", "definition_version", "region", "school_year", "as_of"),
    *("format", "level", "sex", "status", "scope", "period", "against", "channel"),
    *("school", "partner", "enrolment_year", "unit", "numerator", "denominator", "value"),
    *("suppressed", "low", "high", "schools", "against_numerator", "against_denominator"),
)


class Indicator(BaseModel):
    """A definition; texts are by language (ISO 639-1)."""

    id: str
    number: int = Field(description="its number in the network's list of indicators")
    version: int
    unit: Literal["percent", "points", "count"]
    names: dict[str, str]
    formula: dict[str, str]
    source: str
    caveat: dict[str, str]
    breakdowns: tuple[str, ...]


class Against(BaseModel):
    """What a gap in points is measured from."""

    numerator: int
    denominator: int


class Row(BaseModel):
    """One figure. A suppressed one has neither counts nor value. `low` and `high` bound a 95 %
    interval; `schools` is n."""

    indicator: str
    number: int
    definition_version: int
    region: str
    school_year: str
    as_of: date
    breakdown: dict[str, str]
    unit: Literal["percent", "points", "count"]
    numerator: int | None
    denominator: int | None
    value: float | None
    suppressed: bool
    low: float | None
    high: float | None
    schools: int | None
    against: Against | None


class Figures(BaseModel):
    region: str
    as_of: date
    items: list[Row]


class Wanted(BaseModel):
    """Which figures. Without `school_year`: of every year. `by` keeps the rows that are split in
    that way alone, `total` those that are not split; rows of single schools come only by
    `by=school`."""

    region: Region | None = None
    school_year: SchoolYear | None = None
    indicator: IndicatorName | None = None
    as_of: Day | None = None
    by: Literal["total", "format", "level", "sex", "school"] | None = None
    format: ActivityFormat | None = None
    level: Isced | None = None
    sex: Sex | None = None


def _indicator(definition: Definition) -> Indicator:
    return Indicator.model_validate(asdict(definition))


def row_of(figure: Figure) -> Row:
    definition = figure.definition
    return Row(
        indicator=definition.id,
        number=definition.number,
        definition_version=definition.version,
        region=figure.region,
        school_year=figure.school_year,
        as_of=figure.as_of,
        breakdown=dict(figure.breakdown),
        unit=definition.unit,
        numerator=figure.numerator,
        denominator=figure.denominator,
        value=figure.value,
        suppressed=figure.suppressed,
        low=figure.low,
        high=figure.high,
        schools=figure.schools,
        against=Against(**asdict(figure.against)) if figure.against else None,
    )


@router.get("/indicators", summary="What each indicator is")
async def indicators() -> list[Indicator]:
    return [_indicator(definition) for definition in DEFINITIONS.values()]


@router.get("/indicators/{indicator_id}", summary="What one indicator is")
async def indicator(indicator_id: IndicatorName) -> Indicator:
    if indicator_id not in DEFINITIONS:
        raise IndicatorUnknown(known=", ".join(DEFINITIONS), value=indicator_id[:80])
    return _indicator(DEFINITIONS[indicator_id])


async def _found(
    wanted: Annotated[Wanted, Query()], request: Request, session: Session, now: Now
) -> Figures:
    settings = request.app.state.settings
    region = wanted.region or settings.regions[0]
    own = await settings_of(session, region)
    today = day_in(now, ZoneInfo(own.time_zone))
    as_of = wanted.as_of or today
    if as_of > today:
        raise DateInTheFuture(today=today, value=as_of.isoformat())
    if wanted.indicator is not None and wanted.indicator not in DEFINITIONS:
        raise NoSuchIndicator(known=", ".join(DEFINITIONS), value=wanted.indicator[:80])
    found = await figures_of(
        session,
        region,
        own,
        as_of,
        school_year=wanted.school_year,
        schools=wanted.by == "school",
    )
    rows = [row_of(figure) for figure in found if _is_wanted(figure, wanted)]
    return Figures(region=region, as_of=as_of, items=rows)


Found = Annotated[Figures, Depends(_found)]


@router.get("/figures", summary="Figures, as JSON")
async def figures(found: Found, response: Response) -> Figures:
    response.headers["Cache-Control"] = f"public, max-age={FRESH_SECONDS}"
    return found


@router.get("/figures.csv", summary="Figures, as CSV", response_class=Response)
async def figures_csv(found: Found) -> Response:
    out = io.StringIO()
    writer = csv.DictWriter(out, CSV_COLUMNS, restval="", lineterminator="\r\n")
    writer.writeheader()
    writer.writerows(_flat(found.items))
    headers = {
        "Cache-Control": f"public, max-age={FRESH_SECONDS}",
        "Content-Disposition": f'attachment; filename="triskel-{found.region}.csv"',
    }
    return Response(out.getvalue(), media_type="text/csv; charset=utf-8", headers=headers)


def _flat(rows: Sequence[Row]) -> list[dict[str, object]]:
    return [
        {
            **row.model_dump(exclude={"breakdown", "against"}, exclude_none=True),
            **row.breakdown,
            **(
                {
                    "against_numerator": row.against.numerator,
                    "against_denominator": row.against.denominator,
                }
                if row.against
                else {}
            ),
        }
        for row in rows
    ]


def _is_wanted(figure: Figure, wanted: Wanted) -> bool:
    split = figure.breakdown
    if wanted.indicator not in (None, figure.definition.id):
        return False
    for name in ("format", "level", "sex"):
        asked = getattr(wanted, name)
        if asked is not None and split.get(name) != str(asked):
            return False
    if wanted.by is None:
        return True
    if wanted.by == "total":
        return not split
    return wanted.by in split
