"""What rules see, what is stored and what is told are one shape, or the service does not start."""

from dataclasses import dataclass
from datetime import UTC, datetime
from types import SimpleNamespace
from typing import Any
from uuid import UUID, uuid4

import pytest
from pydantic import BaseModel
from sqlalchemy import Column
from sqlalchemy.dialects.postgresql import JSONB
from sqlalchemy.orm import registry
from sqlmodel import Field

from triskel.chassis.shapes import PartRows, Shape
from triskel.chassis.tables import TableBase, document, moment, texts
from triskel.contracts.codes import Role, Side


class Table(TableBase, registry=registry()):
    __abstract__ = True


@dataclass(frozen=True)
class Marks:
    head: datetime | None = None
    host: datetime | None = None


@dataclass(frozen=True)
class Sheet:
    seat: int
    points: tuple[int, ...] = ()


@dataclass(frozen=True)
class Thing:
    id: UUID
    version: int
    by: Role
    marks: Marks = Marks()
    sides: tuple[Side, ...] = ()


class PublicMarks(BaseModel):
    head: datetime | None = None
    host: datetime | None = None


class PublicThing(BaseModel):
    id: UUID
    version: int
    by: Role
    marks: PublicMarks = PublicMarks()
    sides: tuple[Side, ...] = ()


class ThingRow(Table, table=True):
    __tablename__ = "things"

    id: UUID = Field(primary_key=True)
    version: int
    by: str
    mark_head: datetime | None = moment()
    mark_host: datetime | None = moment()
    sides: list[str] = texts()
    looked_at: datetime | None = moment()


THING = Shape(Thing, ThingRow, PublicThing, flat={"marks": "mark_"}, unstored={"looked_at"})
KNOWN = Thing(
    uuid4(), 3, Role.HEAD, Marks(head=datetime(2025, 9, 1, tzinfo=UTC)), (Side.HOST, Side.SCHOOL)
)


def test_a_thing_comes_back_from_its_columns_as_it_was_with_its_codes() -> None:
    row = ThingRow(**THING.to_columns(KNOWN))
    assert THING.to_domain(row) == KNOWN
    assert isinstance(THING.to_domain(row).sides[0], Side)


def test_it_is_told_with_all_of_its_fields() -> None:
    told = THING.to_public(KNOWN)
    assert told.model_dump() == {
        "id": KNOWN.id,
        "version": 3,
        "by": "head",
        "marks": {"head": KNOWN.marks.head, "host": None},
        "sides": ("host", "school"),
    }


class WithNote(PublicThing):
    note: str = ""


@pytest.mark.parametrize(
    ("options", "said"),
    [
        ({"public": WithNote}, "note of WithNote is unknown here"),
        ({"unstored": set()}, "looked_at of ThingRow is unknown here"),
        ({"flat": {}}, "marks has no column in ThingRow"),
    ],
)
def test_a_field_that_one_of_them_forgot_ends_the_start(options: dict[str, Any], said: str) -> None:
    given = {
        "domain": Thing,
        "row": ThingRow,
        "public": PublicThing,
        "flat": {"marks": "mark_"},
        "unstored": {"looked_at"},
    }
    with pytest.raises(TypeError, match=said):
        Shape(**(given | options))


@dataclass(frozen=True)
class Contest:
    id: UUID
    version: int
    sheets: tuple[Sheet, ...] = ()
    seats: tuple[int, ...] = ()


class PublicSheet(BaseModel):
    seat: int
    position: int


class PublicContest(BaseModel):
    id: UUID
    version: int
    sheets: tuple[PublicSheet, ...] = ()
    seats: tuple[int, ...] = ()


class ContestRow(Table, table=True):
    __tablename__ = "contests"

    id: UUID = Field(primary_key=True)
    version: int
    data: dict[str, Any] = Field(sa_column=Column(JSONB, nullable=False))


def _positions(contest: Contest, told: dict[str, Any]) -> None:
    for position, sheet in enumerate(told["sheets"], 1):
        sheet["position"] = position


CONTEST = Shape(
    Contest,
    ContestRow,
    PublicContest,
    document="data",
    columns=lambda contest: {"id": contest.id, "version": contest.version},
    untold={"sheets.points"},
    derived={"sheets.position"},
    derive=_positions,
)


def test_a_document_keeps_all_of_it_and_tells_what_is_not_its_own_alone() -> None:
    contest = Contest(uuid4(), 2, (Sheet(1, (12, 15)), Sheet(2)))
    row = ContestRow(**CONTEST.to_columns(contest))
    assert CONTEST.to_domain(row) == contest
    told = CONTEST.to_public(contest).model_dump()
    assert told["sheets"] == ({"seat": 1, "position": 1}, {"seat": 2, "position": 2})


def test_what_is_kept_to_oneself_must_be_named() -> None:
    with pytest.raises(TypeError, match=r"sheets\.points is not told"):
        Shape(
            Contest,
            ContestRow,
            PublicContest,
            document="data",
            columns=lambda contest: {},
            derived={"sheets.position"},
        )


@dataclass(frozen=True)
class Outing(Contest):
    """Its sheets are rows of their own."""


class OutingRow(Table, table=True):
    __tablename__ = "outings"

    id: UUID = Field(primary_key=True)
    version: int
    seats: list[int] = Field(sa_column=Column(JSONB, nullable=False))


def test_what_other_rows_keep_is_told_and_comes_back_empty_from_its_own_columns() -> None:
    told = {"untold": {"sheets.points"}, "derived": {"sheets.position"}, "derive": _positions}
    shape: Shape[Outing] = Shape(Outing, OutingRow, PublicContest, unkept={"sheets"}, **told)  # type: ignore[arg-type]
    outing = Outing(uuid4(), 2, (Sheet(1),), (7,))
    assert shape.to_columns(outing) == {"id": outing.id, "version": 2, "seats": [7]}
    assert shape.to_domain(OutingRow(**shape.to_columns(outing))) == Outing(outing.id, 2, (), (7,))
    assert shape.to_public(outing).sheets[0].seat == 1
    with pytest.raises(TypeError, match="sheets has no column in OutingRow"):
        Shape(Outing, OutingRow, PublicContest, **told)  # type: ignore[arg-type]


@dataclass(frozen=True)
class Place:
    latitude: float
    longitude: float


@dataclass(frozen=True)
class Label:
    text: str
    main: bool = True


@dataclass(frozen=True)
class House:
    id: UUID
    place: Place | None = None
    rooms: tuple[Sheet, ...] = ()
    labels: frozenset[Label] = frozenset()


class HouseRow(Table, table=True):
    __tablename__ = "houses"

    id: UUID = Field(primary_key=True)
    latitude: float | None
    longitude: float | None
    rooms: list[dict[str, Any]] = document()
    width: int


class LabelRow(Table, table=True):
    __tablename__ = "labels"

    text: str = Field(primary_key=True)
    main: bool
    house_id: UUID


def _house(owner: str = "house_id") -> Shape[House]:
    return Shape(
        House,
        HouseRow,
        None,
        flat={"place": ""},
        parts={"labels": PartRows(LabelRow, owner)},
        columns=lambda house: {"width": len(house.rooms)},
        unstored={"width"},
    )


@pytest.mark.parametrize("place", [None, Place(0, 0)])
def test_what_is_null_and_what_are_rows_of_another_table_come_back(place: Place | None) -> None:
    shape = _house()
    house = House(uuid4(), place, (Sheet(1, (2,)),), frozenset({Label("a"), Label("b", False)}))
    columns, parts = shape.to_columns(house), shape.to_part_columns(house)
    assert (columns["width"], columns["rooms"]) == (1, [{"seat": 1, "points": [2]}])
    assert {part["house_id"] for part in parts["labels"]} == {house.id}
    row = SimpleNamespace(**columns, labels=[LabelRow(**part) for part in parts["labels"]])
    assert shape.to_domain(row) == house


def test_a_column_of_a_part_that_was_forgotten_ends_the_start() -> None:
    with pytest.raises(TypeError, match="house_id of LabelRow is unknown here"):
        _house(owner="text")
