"""One aggregate, three shapes that agree: what rules see, what is stored, what others are told.

The domain's dataclass declares the fields. A `Shape` maps them to the columns of a table and to the
model of the contract, by name, and refuses to exist when a field of one is missing in another and
nobody said so: a field that was forgotten would vanish silently.
"""

from collections.abc import Callable, Collection, Mapping
from dataclasses import asdict, dataclass, fields, is_dataclass
from typing import Any, Generic, TypeVar, get_args, get_type_hints

from pydantic import BaseModel, TypeAdapter
from pydantic_core import to_jsonable_python

from triskel.chassis.tables import TableBase

D = TypeVar("D")
M = TypeVar("M", bound=BaseModel)


@dataclass(frozen=True)
class PartRows:
    """A field whose items are rows of a table of their own; `owner` is its column with the id of
    the aggregate. The aggregate's row has them as a relationship of the field's name."""

    row: type[TableBase]
    owner: str


class Shape(Generic[D]):
    """How a domain's dataclass is stored and told.

    `row` has a column for each field of the domain, or keeps the whole of it as JSON in the column
    `document`; `columns` gives those that queries look for beside. `flat` maps a field that is a
    dataclass of its own, or null, to the prefix of its columns: `{"signatures": "signed_"}`.
    `parts` are fields that are rows of another table (`triskel.chassis.parts`).

    `unstored`: columns that are none of the domain's (search columns, counters of a worker).
    `unkept`: fields of the domain with a default that no column has: other rows keep them.
    `untold`: fields that no event and no answer has; `derived`: fields of the contract that
    `derive` adds to what is told. Nested fields are written with a dot: `challenge.sheets`.

    Raises `TypeError` where the three differ otherwise.
    """

    def __init__(
        self,
        domain: type[D],
        row: type[TableBase],
        public: type[BaseModel] | None,
        *,
        document: str | None = None,
        columns: Callable[[D], Mapping[str, Any]] | None = None,
        flat: Mapping[str, str] | None = None,
        parts: Mapping[str, PartRows] | None = None,
        unstored: Collection[str] = (),
        unkept: Collection[str] = (),
        untold: Collection[str] = (),
        derived: Collection[str] = (),
        derive: Callable[[D, dict[str, Any]], None] | None = None,
    ) -> None:
        self.domain, self.row, self.public = domain, row, public
        self._document, self._columns = document, columns
        # by field, its parts with their columns
        self._flat = {
            name: {part: f"{prefix}{part}" for part in _parts(domain, name)}
            for name, prefix in (flat or {}).items()
        }
        hints = get_type_hints(domain)
        self._optional = {name for name in self._flat if type(None) in get_args(hints[name])}
        self.parts = dict(parts or {})
        self._part_names = {name: _parts(domain, name) for name in self.parts}
        self._unstored, self._untold, self._derived = set(unstored), set(untold), set(derived)
        self._derive = derive
        self._adapter = TypeAdapter(domain)
        self._excluded = set(self.parts) or None
        self._unkept = set(unkept)
        named = [each.name for each in fields(domain)]  # type: ignore[arg-type]  # no bound for dataclasses
        self._names = [name for name in named if name not in self._unkept]
        if wrong := self.differences():
            raise TypeError(f"{domain.__name__}: {'; '.join(wrong)}")

    def to_domain(self, row: Any) -> D:
        """The row as rules see it."""
        if self._document is not None:
            return self._adapter.validate_python(getattr(row, self._document))
        values = {name: getattr(row, name) for name in self._names if name not in self._flat}
        for name, columns in self._flat.items():
            nested = {part: getattr(row, column) for part, column in columns.items()}
            there = name not in self._optional or any(v is not None for v in nested.values())
            values[name] = nested if there else None
        for name, names in self._part_names.items():
            values[name] = [{each: getattr(part, each) for each in names} for part in values[name]]
        return self._adapter.validate_python(values)

    def to_columns(self, subject: D) -> dict[str, Any]:
        """The columns that a row has of it."""
        if self._document is not None:
            assert self._columns is not None
            kept = {self._document: self._adapter.dump_python(subject, mode="json")}
            return dict(self._columns(subject)) | kept
        values = self._values(subject)
        for name in self._unkept:
            del values[name]
        for name, columns in self._flat.items():
            nested = values.pop(name) or {}
            values |= {column: nested.get(part) for part, column in columns.items()}
        kept = {name: _stored(value) for name, value in values.items()}
        return kept | dict(self._columns(subject)) if self._columns else kept

    def to_part_columns(self, subject: D) -> dict[str, list[dict[str, Any]]]:
        """Of each field that is rows of another table, the columns of these rows."""
        found = {}
        for name, rows in self.parts.items():
            owner = {rows.owner: getattr(subject, "id")}  # noqa: B009  # no bound for dataclasses
            found[name] = [asdict(part) | owner for part in getattr(subject, name)]
        return found

    def to_public(self, subject: D) -> Any:
        """The state as events carry it."""
        assert self.public is not None
        return self.answer(self.public, subject)

    def answer(self, kind: type[M], subject: D, **more: Any) -> M:
        """The public state as a model that extends the contract's, with `more` fields."""
        values = self._values(subject)
        for name in self._untold:
            _remove(values, name.split("."))
        if self._derive:
            self._derive(subject, values)
        return kind.model_validate(values | more)

    def _values(self, subject: D) -> dict[str, Any]:
        """Its fields, and those of dataclasses in it, but for parts. `asdict` copies every value,
        and takes many times as long."""
        values: dict[str, Any] = self._adapter.dump_python(
            subject, exclude=self._excluded, warnings=False
        )
        return values

    def differences(self) -> list[str]:
        """What one of the three has and another lacks, in words; none when they agree."""
        found = self._told_differences(self.public) if self.public else []
        if self._document is None:
            stored = set(self._names) - self._flat.keys() - self.parts.keys()
            for flat in self._flat.values():
                stored |= set(flat.values())
            found += _stored_differences(stored, self.row, self._unstored)
        for name, rows in self.parts.items():
            found += _stored_differences(self._part_names[name], rows.row, {rows.owner})
        return sorted(found)

    def _told_differences(self, model: type[BaseModel]) -> list[str]:
        told = {
            name
            for name in _leaves(self.domain)
            if not any(name == kept or name.startswith(f"{kept}.") for kept in self._untold)
        }
        public = _leaves(model) - self._derived
        return [
            *(f"{name} is not told by {model.__name__}" for name in told - public),
            *(f"{name} of {model.__name__} is unknown here" for name in public - told),
        ]


def _stored(value: Any) -> Any:
    """As a column takes it: a list for an array, and what JSON has for a document."""
    if isinstance(value, (tuple, frozenset)):
        value = list(value)
    documents = value if isinstance(value, list) else [value]
    told = any(isinstance(each, (dict, BaseModel)) for each in documents)
    return to_jsonable_python(value) if told else value


def _stored_differences(
    stored: Collection[str], row: type[TableBase], unstored: Collection[str]
) -> list[str]:
    columns = set(row.model_fields) - set(unstored)
    return [
        *(f"{name} has no column in {row.__name__}" for name in set(stored) - columns),
        *(f"{name} of {row.__name__} is unknown here" for name in columns - set(stored)),
    ]


def _parts(domain: Any, name: str) -> list[str]:
    (inner,) = _structures(get_type_hints(domain)[name])
    return [each.name for each in fields(inner)]


def _leaves(structure: Any, path: str = "") -> set[str]:
    """The dotted names of all fields, down to what is no structure of its own."""
    names = (
        {name: info.annotation for name, info in structure.model_fields.items()}
        if issubclass(structure, BaseModel)
        else {each.name: get_type_hints(structure)[each.name] for each in fields(structure)}
    )
    found = set()
    for name, hint in names.items():
        inner = _structures(hint)
        found |= {each for kind in inner for each in _leaves(kind, f"{path}{name}.")}
        found.add(f"{path}{name}")
    return found


def _structures(hint: Any) -> list[Any]:
    """The dataclasses and models in an annotation: in optionals, tuples and mappings too."""
    if isinstance(hint, type) and (is_dataclass(hint) or issubclass(hint, BaseModel)):
        return [hint]
    return [kind for part in get_args(hint) for kind in _structures(part)]


def _remove(values: Any, path: list[str]) -> None:
    """Take a dotted name out of nested values; of each item, where there is a list."""
    if isinstance(values, (list, tuple)):
        for each in values:
            _remove(each, path)
    elif isinstance(values, dict):
        if len(path) == 1:
            values.pop(path[0], None)
        else:
            _remove(values.get(path[0]), path[1:])
